import { headerSize, u32 } from '@nfkit/netlink-codec'
import type { Datagram, Pasted, Unread } from '../datagram.ts'
import { messageBytes, messageIn } from './message.ts'
import { argumentsIn, StraceError, type Value } from './value.ts'

const call = /\b(send(?:to|msg|mmsg)|recv(?:from|msg|mmsg))\(/
const dumpLine = /^ \| [0-9a-f]{5,} {2}((?:[0-9a-f]{2} {1,2}){1,16})/

/** Whether a text looks like the output of strace. */
export const isStrace = (text: string): boolean => call.test(text)

/**
 * Read the netlink messages that strace prints: taken apart, as bytes in quotes, or below the call as `-e read=all -e write=all` has them, which is
 * preferred. Calls that failed or were cut by another thread are left out.
 */
export function fromStrace(text: string): Pasted {
  const lines = text.split('\n')
  const datagrams: Datagram[] = []
  const unread: Unread[] = []
  for (let i = 0; i < lines.length; i++) {
    const found = call.exec(lines[i]!)
    if (found === null || /= -1 E|<unfinished/.test(lines[i]!)) continue
    const line = i + 1
    const direction = found[1]!.startsWith('send') ? ('toKernel' as const) : ('toUser' as const)
    const dumped: number[][] = []
    for (; /^ [|*] /.test(lines[i + 1] ?? ''); i++) {
      const bytes = dumpLine.exec(lines[i + 1]!)?.[1]
      if (bytes === undefined || dumped.length === 0) dumped.push([])
      if (bytes !== undefined)
        dumped.at(-1)!.push(
          ...bytes
            .trim()
            .split(/ +/)
            .map((byte) => Number.parseInt(byte, 16)),
        )
    }
    try {
      const all =
        dumped.length > 0
          ? dumped.map((bytes) => Uint8Array.from(bytes))
          : sentIn(argumentsIn(lines[line - 1]!, found.index + found[0].length))
      for (const bytes of all) if (isNetlink(bytes)) datagrams.push({ bytes, direction, line })
    } catch (error) {
      if (!(error instanceof StraceError)) throw error
      unread.push({ line, reason: error.message })
    }
  }
  return { datagrams, unread }
}

/** The buffers in the arguments of a call, each with its messages. */
function sentIn(values: readonly Value[]): Uint8Array[] {
  return values.flatMap((value): Uint8Array[] => {
    if (value.kind === 'bytes') return [value.bytes]
    const message = messageIn(value)
    if (message !== undefined) return [messageBytes(message)]
    if (value.kind === 'array') {
      const several = value.values.map(messageIn).filter((one) => one !== undefined)
      const isOneBuffer = several.length > 0 && several.length === value.values.length
      return isOneBuffer ? [together(several.map(messageBytes))] : sentIn(value.values)
    }
    if (value.kind === 'struct')
      return sentIn(value.fields.filter(({ name }) => name !== 'msg_name').map(({ value }) => value))
    return []
  })
}

const together = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

/** Other sockets are traced, too. */
const isNetlink = (bytes: Uint8Array): boolean =>
  bytes.length >= headerSize && u32(bytes, 0) >= headerSize && u32(bytes, 0) <= bytes.length
