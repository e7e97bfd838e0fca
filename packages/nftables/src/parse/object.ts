import { objectLookup } from '../statements/map/object.ts'
import { type ObjectType, objectUse } from '../statements/meter.ts'
import type { Statement } from '../statements/statement.ts'
import { aboutFrom, selectorName } from './condition.ts'
import type { Cursor } from './cursor.ts'
import { mapping } from './map.ts'

/** Takes an object by its name, or by a map of what is selected to names. */
export function objectOf(cursor: Cursor, type: ObjectType): Statement {
  const word = type === 'ctHelper' ? 'helper' : type
  const name = () => cursor.next(`the name of a ${word}`).text
  const from = selectorName(cursor)
  if (from === undefined) return objectUse(type, { type, name: name() })
  const on = aboutFrom(cursor, from)
  cursor.expect('map')
  const to = mapping(cursor, on, [], name)
  if ('map' in to) return cursor.fail(`a map of objects is part of the rule: { 22 : "some-${word}" }`, -1)
  return objectLookup(type, on, to.entries)
}
