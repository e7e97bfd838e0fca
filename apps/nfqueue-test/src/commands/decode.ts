import { text } from 'node:stream/consumers'
import { format, type Message, messages, messageToJson, parseHex } from '@nfkit/netlink-codec'
import { netlinkDatagrams, netlinkNetfilter, readCapture } from '@nfkit/simulator'
import { Command } from 'commander'
import { UserError } from '../failure.ts'
import { print } from '../print.ts'
import { Requests } from '../requests.ts'
import { timeText } from '../text/time.ts'

/** `nfqueue-test decode [FILE]`: what netlink messages say. */
export function decodeCommand(): Command {
  return new Command('decode')
    .description('print the netlink messages of a capture, or of hexadecimal on standard input')
    .argument(
      '[file]',
      'pcap or pcapng of a netlink interface (nlmon) or of --record; - or nothing: hexadecimal on stdin',
      '-',
    )
    .option('--json', 'one JSON object per message')
    .addHelpText('after', '\nOn standard input an empty line ends a datagram; other white space does not matter.')
    .action(async (file: string, { json = false }: { json?: boolean }) => {
      const datagrams = file === '-' ? fromHex(await text(process.stdin)) : fromCapture(file)
      await show(datagrams, json)
    })
}

interface Datagram {
  readonly bytes: Uint8Array
  readonly direction?: 'toKernel' | 'toUser'
  readonly timestampNs?: bigint | undefined
}

async function* fromCapture(file: string): AsyncGenerator<Datagram> {
  for await (const { bytes, direction, protocol, record } of netlinkDatagrams(readCapture(file))) {
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
  for await (const { bytes, direction, timestampNs } of datagrams) {
    for (const message of messages(bytes)) {
      const request = requests.answeredBy(message)
      if (json) await print(`${JSON.stringify(jsonOf(message, request, direction, timestampNs))}\n`)
      else await print(`${headOf(direction, timestampNs)}${format(message, request)}\n`)
      requests.see(message)
    }
  }
}

function jsonOf(message: Message, request: Uint8Array | undefined, direction?: string, timestampNs?: bigint) {
  const context = {
    ...(direction && { direction }),
    ...(timestampNs !== undefined && { timestampNs: String(timestampNs) }),
  }
  return { ...context, ...messageToJson(message, request) }
}

function headOf(direction?: 'toKernel' | 'toUser', timestampNs?: bigint): string {
  const arrow = direction === undefined ? '' : direction === 'toKernel' ? '→ kernel ' : '← kernel '
  const time = timestampNs === undefined ? '' : `${timeText(timestampNs)} `
  return `${time}${arrow}`
}
