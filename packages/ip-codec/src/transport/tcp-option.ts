import { be16, be32, putBe16, putBe32, view } from '@nfkit/inet/bytes'

/** Bytes received out of order: `[left, right)` in sequence numbers. */
export interface SackBlock {
  /** First sequence number of the block. */
  readonly left: number
  /** Sequence number that follows the block. */
  readonly right: number
}

/** One TCP option. An option of unknown kind, or of a length its kind does not have, is `unknown`. Padding is not listed. */
export type TcpOption =
  /** Largest segment the sender takes, in bytes. */
  | { readonly kind: 'mss'; readonly size: number }
  /** Windows of the sender are shifted left by this many bits. */
  | { readonly kind: 'windowScale'; readonly shift: number }
  /** The sender understands selective acknowledgments. */
  | { readonly kind: 'sackPermitted' }
  /** What arrived beyond the acknowledgment number. */
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlock[] }
  /** The sender's clock, and the last value of the receiver's clock. */
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number }
  /** An option of another kind, by its number. */
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }
  /** Bytes from the first option on whose length cannot be. */
  | { readonly kind: 'malformed'; readonly data: Uint8Array }

/** All options in `bytes[start, end)`, in order. */
export function tcpOptions(bytes: Uint8Array, start: number, end: number): TcpOption[] {
  const out: TcpOption[] = []
  for (let p = start; p < end && bytes[p] !== 0; ) {
    const type = bytes[p]!
    if (type === 1) {
      p++
      continue
    }
    const length = p + 1 < end ? bytes[p + 1]! : 0
    if (length < 2 || p + length > end) {
      out.push({ kind: 'malformed', data: view(bytes, p, end) })
      break
    }
    out.push(option(type, bytes, p + 2, p + length))
    p += length
  }
  return out
}

function option(type: number, b: Uint8Array, start: number, end: number): TcpOption {
  const size = end - start
  if (type === 2 && size === 2) return { kind: 'mss', size: be16(b, start) }
  if (type === 3 && size === 1) return { kind: 'windowScale', shift: b[start]! }
  if (type === 4 && size === 0) return { kind: 'sackPermitted' }
  if (type === 8 && size === 8) return { kind: 'timestamps', value: be32(b, start), echo: be32(b, start + 4) }
  if (type === 5 && size > 0 && size % 8 === 0) {
    const blocks: SackBlock[] = []
    for (let p = start; p < end; p += 8) blocks.push({ left: be32(b, p), right: be32(b, p + 4) })
    return { kind: 'sack', blocks }
  }
  return { kind: 'unknown', type, data: view(b, start, end) }
}

/** Offset of the option's segment size in `bytes[start, end)`; -1 when there is none. */
export function mssAt(bytes: Uint8Array, start: number, end: number): number {
  for (let p = start; p + 4 <= end && bytes[p] !== 0; ) {
    if (bytes[p] === 1) {
      p++
      continue
    }
    const length = bytes[p + 1]!
    if (length < 2) return -1
    if (bytes[p] === 2 && length === 4) return p + 2
    p += length
  }
  return -1
}

/** The options as a header holds them, padded with end-of-list to a multiple of four. */
export function tcpOptionBytes(options: readonly TcpOption[]): Uint8Array {
  const parts = options.flatMap((item) => [...one(item)])
  return Uint8Array.from({ length: (parts.length + 3) & ~3 }, (_, i) => parts[i] ?? 0)
}

function one(item: TcpOption): Iterable<number> {
  switch (item.kind) {
    case 'mss':
      return [2, 4, item.size >> 8, item.size & 0xff]
    case 'windowScale':
      return [3, 3, item.shift]
    case 'sackPermitted':
      return [4, 2]
    case 'timestamps': {
      const out = Uint8Array.of(8, 10, 0, 0, 0, 0, 0, 0, 0, 0)
      putBe32(out, 2, item.value)
      putBe32(out, 6, item.echo)
      return out
    }
    case 'sack': {
      const out = new Uint8Array(2 + 8 * item.blocks.length)
      putBe16(out, 0, (5 << 8) | out.length)
      for (const [i, { left, right }] of item.blocks.entries()) {
        putBe32(out, 2 + 8 * i, left)
        putBe32(out, 6 + 8 * i, right)
      }
      return out
    }
    case 'unknown':
      return [item.type, 2 + item.data.length, ...item.data]
    case 'malformed':
      return item.data
    default:
      return item satisfies never
  }
}
