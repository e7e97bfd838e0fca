import { isCapture, netlinkDatagrams, netlinkNetfilter } from '@nfkit/capture'
import { isGzip } from '@nfkit/capture/file'
import { formatHex, parseHex } from '@nfkit/inet'
import { DecodeError, format, messages, messageToJson } from '@nfkit/netlink-codec'
import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { Command } from 'commander'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { headed } from '../../file/head.ts'
import { nameOf, textOf } from '../../file/text.ts'
import { CaptureInput } from '../../replay/input.ts'
import { LeftOut } from '../../replay/left-out.ts'
import { onlyNetlink } from '../../replay/only-netlink.ts'
import { families } from '../../schema/message.ts'
import { UserError } from '../../terminal/failure.ts'
import { note } from '../../terminal/note.ts'
import { print } from '../../terminal/print.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'
import { timeText } from '../../text/time.ts'
import { Requests } from './requests.ts'

const protocol = netfilter(...families)

/** `nfqueue-test decode [FILE]`: what netlink messages say. */
export function decodeCommand(): Command {
  return explain(
    new Command('decode')
      .description('print the netlink messages of a capture, or of hexadecimal on standard input')
      .argument(
        '[file]',
        'pcap or pcapng of a netlink interface (nlmon) or of --record; - or nothing: such a capture, or hexadecimal, on stdin',
        '-',
      )
      .addOption(jsonOption('messages', 'one JSON object per message'))
      .action(async (file: string, { json = false }: { json?: boolean }) => {
        if (file !== '-') return showCapture(file, json)
        const { head, bytes } = await headed(process.stdin, 4)
        if (isCapture(head) || isGzip(head)) return showCapture(file, json, bytes)
        await show(fromHex(await textOf(bytes, nameOf(file))), json)
      }),
    explanation,
  )
}

interface Datagram {
  readonly bytes: Uint8Array
  readonly direction?: 'toKernel' | 'toUser'
  readonly timestampNs?: bigint | undefined
}

async function showCapture(file: string, json: boolean, bytes?: AsyncIterable<Uint8Array>): Promise<void> {
  using input = new CaptureInput(file, { bytes })
  const leftOut = new LeftOut()
  const shown = await show(fromCapture(input, leftOut), json)
  input.tellCut(shown > 0)
  if (leftOut.total > 0 && shown === 0)
    throw new UserError(
      `${input.name} has no netlink message of netfilter: ${leftOut.reasons}; for packets there is nfqueue-test replay`,
    )
  if (leftOut.total > 0) note(`${leftOut.subject} left out: ${leftOut.reasons}`)
}

async function* fromCapture(input: CaptureInput, leftOut: LeftOut): AsyncGenerator<Datagram> {
  for await (const { bytes, direction, protocol, record } of netlinkDatagrams(onlyNetlink(input, leftOut))) {
    if (protocol === netlinkNetfilter) yield { bytes, direction, timestampNs: record.timestampNs }
    else leftOut.add(`of netlink protocol ${protocol}`)
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

/** Print the messages, and count them. Throws `UserError` at the end when some are malformed. */
async function show(datagrams: AsyncIterable<Datagram> | Iterable<Datagram>, json: boolean): Promise<number> {
  const requests = new Requests()
  let broken = 0
  let shown = 0
  for await (const datagram of datagrams) {
    for (const message of messages(datagram.bytes)) {
      shown++
      const request = requests.answeredBy(message)
      requests.see(message)
      try {
        await print(
          json
            ? jsonText(datagram, messageToJson(message, protocol, request))
            : textLine(datagram, format(message, protocol, request)),
        )
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        broken++
        const bytes = formatHex(message.bytes.subarray(message.start, message.end))
        const problem = error.message
        await print(
          json ? jsonText(datagram, { problem, bytes }) : textLine(datagram, `malformed: ${problem}\n  ${bytes}`),
        )
      }
    }
  }
  if (broken > 0) throw new UserError(`${counted(broken, 'message is', 'messages are')} malformed, and shown as bytes`)
  return shown
}

function jsonText({ direction, timestampNs }: Datagram, message: object): string {
  return jsonLine({ direction, timestampNs: timestampNs?.toString(), ...message })
}

function textLine({ direction, timestampNs }: Datagram, text: string): string {
  const arrow = direction === undefined ? '' : direction === 'toKernel' ? '→ kernel ' : '← kernel '
  const time = timestampNs === undefined ? '' : `${timeText(timestampNs)} `
  return `${time}${arrow}${text}\n`
}

const explanation = `In hexadecimal an empty line ends a datagram; other white space does not matter.`
