import type { Subject } from '../../conditions/match.ts'
import { selectorOf } from '../../conditions/selector.ts'
import type { Kind } from '../../datatype/bytes.ts'
import type { Mapping } from '../../statements/map/mapping.ts'
import { type ValueLookup, valueLookup } from '../../statements/map/value.ts'
import type { Item } from '../reader/item.ts'
import { inOrder } from '../value/order.ts'
import { member, value } from '../value/value.ts'
import { type Scope, setName, subjectIn } from './condition.ts'

/** A map to values of a kind. */
export function mapIn(item: Item, kind: Kind, scope: Scope): ValueLookup {
  const { about, map } = mappingIn(item, scope, (data) => value(data, kind, scope))
  return item.making(() => valueLookup(about, map))
}

/** `{ "key": …, "data": "@names" }`, or the map itself: `{ "set": [ [ …, … ], … ] }`. */
export function mappingIn<T>(
  item: Item,
  scope: Scope,
  valueIn: (item: Item) => T,
): { readonly about: Subject; readonly map: Mapping<T> } {
  const { key, data } = item.fields(['key', 'data'])
  const about = subjectIn(key, scope)
  const map = setName(data)
  if (map !== undefined) return { about, map: { map, ...(scope.isInterval(map) ? { interval: true } : {}) } }
  const kinds = about.left.map(selectorOf)
  const entries = data
    .fields(['set'])
    .set.list()
    .map((entry) => {
      const [from, to] = entry.pair()
      return [member(from, kinds, scope), valueIn(to)] as const
    })
  return { about, map: { entries: data.making(() => inOrder(entries, ([from]) => from, kinds)) } }
}
