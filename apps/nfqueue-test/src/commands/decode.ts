import { text } from 'node:stream/consumers'
import { netlinkDatagrams, netlinkNetfilter, readCapture } from '@nfkit/capture'
import { captureFile } from '@nfkit/capture/file'
import { DecodeError, format, formatHex, messages, messageToJson, parseHex } from '@nfkit/netlink-codec'
import { Command } from 'commander'
import { explain } from '../explanation.ts'
import { UserError } from '../failure.ts'
import { print } from '../print.ts'
import { Requests } from '../requests.ts'
import { timeText } from '../text/time.ts'

/** `nfqueue-test decode [FILE]`: what netlink messages say. */
export function decodeCommand(): Command {
  return explain(
    new Command('decode')
      .description('print the netlink messages of a capture, or of hexadecimal on standard input')
      .argument(
        '[file]',
        'pcap or pcapng of a netlink interface (nlmon) or of --record; - or nothing: hexadecimal on stdin',
        '-',
      )
      .option('--json', 'one JSON object per message')
      .action(async (file: string, { json = false }: { json?: boolean }) => {
        const datagrams = file === '-' ? fromHex(await text(process.stdin)) : fromCapture(file)
        await show(datagrams, json)
      }),
    explanation,
  )
}

interface Datagram {
  readonly bytes: Uint8Array
  readonly direction?: 'toKernel' | 'toUser'
  readonly timestampNs?: bigint | undefined
}

async function* fromCapture(file: string): AsyncGenerator<Datagram> {
  for await (const { bytes, direction, protocol, record } of netlinkDatagrams(readCapture(captureFile(file)))) {
    if (protocol === netlinkNetfilter) yield { bytes, direction, timestampNs: record.timestampNs }
  }
}

function* fromHex(input: string): Generator<Datagram> {
  const blocks = input.split(/\n\s*\n/).filter((block) => block.trim() !== '')
  if (blocks.length === 0) throw new UserError('standard input is empty: give hexadecimal, or name a capture file')
  for (const [i, block] of blocks.entries()) {
    const bytes = parseHex(block)
    if (bytes === undefined) {
      const which = blocks.length > 1 ? `datagram ${i + 1} on standard input` : 'standard input'
      throw new UserError(`${which} is not hexadecimal: an even number of the digits 0-9 and a-f, white space allowed`)
    }
    yield { bytes }
  }
}

async function show(datagrams: AsyncIterable<Datagram> | Iterable<Datagram>, json: boolean): Promise<void> {
  const requests = new Requests()
  let broken = 0
  for await (const datagram of datagrams) {
    for (const message of messages(datagram.bytes)) {
      const request = requests.answeredBy(message)
      requests.see(message)
      try {
        await print(
          json ? jsonLine(datagram, messageToJson(message, request)) : textLine(datagram, format(message, request)),
        )
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        broken++
        const bytes = formatHex(message.bytes.subarray(message.start, message.end))
        const problem = error.message
        await print(
          json ? jsonLine(datagram, { problem, bytes }) : textLine(datagram, `malformed: ${problem}\n  ${bytes}`),
        )
      }
    }
  }
  if (broken > 0)
    throw new UserError(`${broken} message${broken === 1 ? ' is' : 's are'} malformed, and shown as bytes`)
}

function jsonLine({ direction, timestampNs }: Datagram, message: object): string {
  return `${JSON.stringify({ direction, timestampNs: timestampNs?.toString(), ...message })}\n`
}

function textLine({ direction, timestampNs }: Datagram, text: string): string {
  const arrow = direction === undefined ? '' : direction === 'toKernel' ? '→ kernel ' : '← kernel '
  const time = timestampNs === undefined ? '' : `${timeText(timestampNs)} `
  return `${time}${arrow}${text}\n`
}

const explanation = `On standard input an empty line ends a datagram; other white space does not matter.`
