import { view } from '@nfkit/inet/bytes'

/** One IPv4 option. Padding is not listed. */
export interface Ipv4Option {
  /** The whole type byte: copied flag, class and number. 148 is router alert. */
  readonly type: number
  /** What follows type and length. A view: no bytes are copied. */
  readonly data: Uint8Array
  /** Its length cannot be: `data` is all that is left of the header, and the list ends here. */
  readonly malformed: boolean
}

/** All options in `bytes[start, end)`, in order. */
export function ipv4Options(bytes: Uint8Array, start: number, end: number): Ipv4Option[] {
  const out: Ipv4Option[] = []
  for (let p = start; p < end && bytes[p] !== 0; ) {
    const type = bytes[p]!
    if (type === 1) {
      p++
      continue
    }
    const length = p + 1 < end ? bytes[p + 1]! : 0
    const malformed = length < 2 || p + length > end
    out.push({ type, data: malformed ? view(bytes, p + 1, end) : view(bytes, p + 2, p + length), malformed })
    if (malformed) break
    p += length
  }
  return out
}
