import { compare, type Kind } from '../../datatype/bytes.ts'
import type { Member } from '../../datatype/value.ts'
import { keysOf } from '../../encode/interval.ts'
import { isIntervalOf } from '../../lower/lookup.ts'

/** In the order that `list` has: that of the keys as the kernel has them. `interval` says it of the set; of one of a rule, its members do. */
export function inOrder<T>(
  entries: readonly T[],
  memberOf: (entry: T) => Member,
  kinds: readonly Kind[],
  interval: boolean = entries.map(memberOf).some(isIntervalOf(kinds)),
): readonly T[] {
  return entries
    .map((entry) => ({ entry, from: keysOf(kinds, memberOf(entry), interval).from }))
    .sort((a, b) => compare(a.from, b.from))
    .map(({ entry }) => entry)
}
