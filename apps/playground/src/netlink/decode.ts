import { formatHex } from '@nfkit/inet'
import { DecodeError, format, type Message, messageFlags, messages } from '@nfkit/netlink-codec'
import { type Datagram, fromHex, type Unread } from './datagram.ts'
import { protocol } from './protocol.ts'
import { fromStrace, isStrace } from './strace/strace.ts'

/** Characters that are read, at most. */
export const longestText = 1024 * 1024
/** Messages that are shown, at most. */
const mostMessages = 2_000

/** A message in the kernel's names. */
export interface Decoded {
  readonly line: number
  readonly direction: Datagram['direction']
  readonly text: string
  readonly isMalformed: boolean
}

/** What a pasted text says. */
export interface Reading {
  readonly source: 'hexadecimal' | 'strace'
  readonly messages: readonly Decoded[]
  readonly unread: readonly Unread[]
  /** Messages that are not shown. */
  readonly more: number
}

/** Read the netlink messages of a text: hexadecimal, or what strace prints. */
export function read(pasted: string): Reading {
  const text = pasted.slice(0, longestText)
  const source = isStrace(text) ? 'strace' : 'hexadecimal'
  const { datagrams, unread } = source === 'strace' ? fromStrace(text) : fromHex(text)
  const requests = new Map<number, Uint8Array>()
  const decoded: Decoded[] = []
  let more = 0
  const broken: Unread[] = []
  for (const { bytes, line, direction } of datagrams) {
    try {
      for (const message of messages(bytes)) {
        if (decoded.length === mostMessages) more++
        else decoded.push({ line, direction, ...said(message, requests) })
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      broken.push({ line, reason: error.message })
    }
  }
  return { source, messages: decoded, unread: [...unread, ...broken], more }
}

/** A refusal names the attribute of its request, where that came before. */
function said(message: Message, requests: Map<number, Uint8Array>): Pick<Decoded, 'text' | 'isMalformed'> {
  const { bytes, start, end, flags, sequence } = message
  const request = requests.get(sequence)
  if ((flags & messageFlags.request) !== 0) requests.set(sequence, bytes.slice(start, end))
  try {
    return { text: format(message, protocol, request), isMalformed: false }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { text: `malformed: ${error.message}\n  ${formatHex(bytes.subarray(start, end))}`, isMalformed: true }
  }
}
