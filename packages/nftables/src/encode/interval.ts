import { boundsOf, bytesOf, compare, type Kind, ordered } from '../datatype/bytes.ts'
import { type Member, partsOf, type Value } from '../datatype/value.ts'

/** The first and the last key of an element, as its set has them. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Returns the keys of a member: parts padded to four bytes; numbers most significant byte first where the set has intervals. */
export function keysOf(kinds: readonly Kind[], member: Member, interval: boolean): KeyRange {
  if (!interval && kinds.length === 1) {
    const key = ordered(kinds[0]!, bytesOf(kinds[0]!, member as Value, 'element'))
    return { from: key, to: key }
  }
  const bounds = partsOf(member).map((part, i) => {
    const { from, to } = boundsOf(kinds[i]!, part, 'element')
    return interval ? { from, to } : { from: ordered(kinds[i]!, from), to: ordered(kinds[i]!, to) }
  })
  if (bounds.length === 1) return bounds[0]!
  return { from: joined(bounds.map(({ from }) => from)), to: joined(bounds.map(({ to }) => to)) }
}

/** The key behind a key; `undefined` behind the last one there is. */
export function after(key: Uint8Array): Uint8Array | undefined {
  const next = key.slice()
  for (let i = next.length - 1; i >= 0; i--) if (next[i]!++ < 0xff) return next
  return undefined
}

/** The same keys in order, as few ranges as there can be: the kernel refuses ranges that overlap. */
export function merged(ranges: readonly KeyRange[]): readonly KeyRange[] {
  const sorted = [...ranges].sort((a, b) => compare(a.from, b.from))
  const out: KeyRange[] = []
  for (const range of sorted) {
    const last = out.at(-1)
    const behind = last && after(last.to)
    if (last === undefined || (behind !== undefined && compare(range.from, behind) > 0)) out.push(range)
    else if (compare(range.to, last.to) > 0) out[out.length - 1] = { from: last.from, to: range.to }
  }
  return out
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const padded = (length: number) => (length + 3) & ~3
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + padded(length), 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += padded(part.length)
  }
  return bytes
}
