import type { ByteOrder } from '../format/byte-order.ts'
import { option } from './block.ts'

/** One option of a pcapng block. */
export interface Option {
  readonly code: number
  readonly value: Uint8Array
}

/** The options in `bytes[start, end)`; a length that does not fit ends them, and `undefined` comes last to say so. */
export function* optionsOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  order: ByteOrder,
): Generator<Option | undefined, void, undefined> {
  for (let p = start; p + 4 <= end; ) {
    const code = order.u16(bytes, p)
    const length = order.u16(bytes, p + 2)
    if (code === option.end) return
    if (p + 4 + length > end) {
      yield undefined
      return
    }
    yield { code, value: bytes.subarray(p + 4, p + 4 + length) }
    p += 4 + ((length + 3) & ~3)
  }
}
