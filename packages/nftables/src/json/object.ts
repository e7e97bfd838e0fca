import type { ListedObject } from '../reading/listing.ts'
import { assertName } from '../statements/name.ts'
import type { TableName } from '../values/identity.ts'
import { type NamedObject, namedHelper } from '../values/object.ts'
import type { Item } from './reader/item.ts'
import { meters } from './rule/meter.ts'

const identity = ['family', 'table', 'name', 'handle', 'comment'] as const

/** A counter, a limit or a quota of a table. */
export function objectIn(item: Item, table: TableName, type: keyof typeof meters): ListedObject {
  const state = meters[type](item, identity)
  const { name, handle } = item.some(['name', 'handle'])
  const object = Object.freeze({
    kind: 'object',
    family: table.family,
    table: table.name,
    name: item.making(() => assertName(type, name.text())),
    type,
    state,
  }) as NamedObject
  return Object.freeze({ object, handle: handle.large() })
}

/** A helper that rules give to connections. */
export function helperIn(item: Item, table: TableName): ListedObject {
  const { name, handle, type, protocol, l3proto } = item.fields(
    ['family', 'table', 'name', 'handle', 'type', 'protocol', 'l3proto'],
    ['comment'],
  )
  const options = {
    helper: type.text(),
    protocol: protocol.word(['tcp', 'udp']),
    family: l3proto.word(['inet', 'ip', 'ip6']),
  }
  return Object.freeze({ object: item.making(() => namedHelper(table, name.text(), options)), handle: handle.large() })
}
