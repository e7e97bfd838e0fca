import { parseHex } from '@nfkit/inet'

/** What went over a netlink socket at once. */
export interface Datagram {
  readonly bytes: Uint8Array
  readonly direction?: 'toKernel' | 'toUser'
  /** The line of the text it is from, from 1. */
  readonly line: number
}

/** A piece of the text that could not be read. */
export interface Unread {
  readonly line: number
  readonly reason: string
}

/** What a text has in it. */
export interface Pasted {
  readonly datagrams: readonly Datagram[]
  readonly unread: readonly Unread[]
}

/** Read hexadecimal: an empty line ends a datagram; other white space does not matter. */
export function fromHex(text: string): Pasted {
  const datagrams: Datagram[] = []
  const unread: Unread[] = []
  let line = 1
  for (const block of text.split(/(\n[^\S\n]*\n)/)) {
    const bytes = parseHex(block)
    if (block.trim() !== '') {
      const at = line + (/^\s*/.exec(block)![0].split('\n').length - 1)
      if (bytes === undefined)
        unread.push({ line: at, reason: 'not hexadecimal: an even number of the digits 0-9 and a-f' })
      else datagrams.push({ bytes, line: at })
    }
    line += block.split('\n').length - 1
  }
  return { datagrams, unread }
}
