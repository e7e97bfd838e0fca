import { protocolNumber } from '@nfkit/inet'
import type { ListedObject, Other } from '../reading/listing.ts'
import { assertName } from '../statements/name.ts'
import { type Family, familyNumber } from '../values/hook.ts'
import type { TableName } from '../values/identity.ts'
import type { NamedObject } from '../values/object.ts'
import type { Item } from './item.ts'
import { meters } from './meter.ts'

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

const families: readonly Family[] = ['inet', 'ip', 'ip6']

/** A helper that rules give to connections, in the kernel's attributes: there is no value for it. */
export function helperIn(item: Item, table: TableName): Other {
  const { name, handle, type, protocol, l3proto } = item.fields(
    ['family', 'table', 'name', 'handle', 'type', 'protocol', 'l3proto'],
    ['comment'],
  )
  const l4proto = protocolNumber(protocol.word(['tcp', 'udp']))
  return {
    kind: 'object',
    attributes: {
      table: table.name,
      name: name.text(),
      type: 'ctHelper',
      data: { name: type.text(), l3proto: familyNumber(l3proto.word(families)), l4proto },
      handle: handle.large(),
    },
  }
}
