import type { History } from './history.ts'
import type { Waiting } from './waiting.ts'

/** Those who know bytes of a stream that came before. */
type Known = Pick<History | Waiting, 'visit'>

/**
 * `data` with the bytes that came first wherever those are known; the very same `data` where it has no others. Hosts differ in which copy
 * they read, so the copies must not differ.
 */
export function withFirstCopies(position: number, data: Uint8Array, known: readonly Known[]): Uint8Array {
  let mended = data
  for (const one of known) {
    one.visit(position, position + data.length, (at, first) => {
      const offset = at - position
      if (equals(mended, offset, first)) return
      if (mended === data) mended = data.slice()
      mended.set(first, offset)
    })
  }
  return mended
}

function equals(data: Uint8Array, offset: number, other: Uint8Array): boolean {
  for (let i = 0; i < other.length; i++) if (data[offset + i] !== other[i]) return false
  return true
}
