import type { Subject } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import type { Kind } from '../datatype/bytes.ts'
import type { Member, Value } from '../datatype/value.ts'
import { type ValueLookup, valueLookup } from '../statements/map/value.ts'
import { aboutFrom } from './condition.ts'
import type { Cursor } from './cursor.ts'
import { interval, intervalOf, listed, member, type Named, setName } from './operand.ts'

/** Takes a look-up of a value of a kind, behind the name of what is looked up; `undefined` where no map comes. */
export function valueMap(cursor: Cursor, name: string, kind: Kind, maps: readonly Named[]): ValueLookup | undefined {
  if (!isBeforeMap(cursor)) return undefined
  const on = aboutFrom(cursor, name)
  cursor.expect('map')
  return valueLookup(
    on,
    mapping(cursor, on, maps, () => interval(cursor, kind, true) as Value),
  )
}

/** Several things are looked up, and what the word `map` stands behind. */
const isBeforeMap = (cursor: Cursor): boolean =>
  cursor.is('.') || cursor.is('map') || (cursor.is('&') && cursor.peek(2)?.text === 'map')

/** Takes a map of the table, or one of the rule's own. */
export function mapping<T>(
  cursor: Cursor,
  { left }: Subject,
  maps: readonly Named[],
  value: (cursor: Cursor) => T,
): { readonly map: string; readonly interval?: true } | { readonly entries: readonly (readonly [Member, T])[] } {
  const map = setName(cursor)
  if (map !== undefined) return { map, ...intervalOf(map, maps) }
  cursor.expect('{')
  const kinds = left.map(selectorOf)
  const entries = listed(cursor, () => {
    const key = member(cursor, kinds)
    cursor.expect(':')
    return [key, value(cursor)] as const
  })
  return { entries }
}
