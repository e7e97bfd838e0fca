import { type NftSet, nftFlags, verdictDataType } from '@nfkit/netlink-codec/nftables'
import { type Kind, kindOf } from '../datatype/bytes.ts'
import { type Datatype, datatypes } from '../datatype/datatype.ts'
import { type AnonymousSet, anonymous, anonymousMap, anonymousObjects } from '../lower/steps.ts'
import type { NamedMap } from '../values/map.ts'
import type { NamedSet } from '../values/set.ts'
import { numberEntry, textEntry, userdata, userdataType } from './userdata.ts'

const { set: flag } = nftFlags

/** A set or a map as the kernel takes it. `id` is its number in the transaction. */
export function setAttrs(set: NamedSet | NamedMap, id: number): NftSet {
  const { table, name, interval, timeouts, timeoutMilliseconds, size, dynamic, constant, comment } = set
  const key = set.key.map(kindOf)
  const flags =
    (interval ? flag.interval : 0) |
    (timeouts ? flag.timeout : 0) |
    (dynamic ? flag.eval : 0) |
    (constant ? flag.constant : 0) |
    (set.kind === 'map' ? flag.map : 0)
  const data = set.kind === 'map' ? dataAttrs(set.value) : {}
  const orders = [orderEntry(userdataType.keyOrder, key), dataOrder(set.kind === 'map' ? set.value : undefined)]
  return {
    table,
    name,
    ...keyAttrs(key, flags),
    ...data,
    ...descOf(key, interval, size),
    id,
    ...(timeoutMilliseconds === undefined ? {} : { timeout: BigInt(timeoutMilliseconds) }),
    ...userdata(...orders, textEntry(userdataType.setComment, comment)),
  }
}

/** A set or a map of one rule as the kernel takes it. */
export function anonymousAttrs(table: string, { id, key, interval, value, object, members }: AnonymousSet): NftSet {
  const leads = (value === undefined ? 0 : flag.map) | (object === undefined ? 0 : flag.object)
  const flags = flag.anonymous | flag.constant | (interval ? flag.interval : 0) | leads
  return {
    table,
    name: object !== undefined ? anonymousObjects : value === undefined ? anonymous : anonymousMap,
    ...keyAttrs(key, flags),
    ...(value === undefined ? {} : dataAttrs(value)),
    ...(object === undefined ? {} : { objType: object }),
    ...descOf(key, interval, members.length),
    id,
    ...userdata(orderEntry(userdataType.keyOrder, key), dataOrder(value)),
  }
}

function keyAttrs(key: readonly Kind[], flags: number): NftSet {
  const concat = key.length > 1 && (flags & flag.interval) !== 0 ? flag.concat : 0
  return {
    flags: flags | concat,
    keyType: key.reduce((ids, { type }) => (ids << 6) | datatypes[type].id, 0),
    keyLen: key.length === 1 ? key[0]!.length : key.reduce((sum, { length }) => sum + ((length + 3) & ~3), 0),
  }
}

function dataAttrs(value: NamedMap['value']): NftSet {
  if (value === 'verdict') return { dataType: verdictDataType, dataLen: 16 }
  const { id, length }: Datatype = datatypes[value]
  return { dataType: id, dataLen: length }
}

/** Ranges over several parts are kept part by part, whose lengths the kernel must know. */
function descOf(key: readonly Kind[], interval: boolean, size: number | undefined): NftSet {
  const concat = key.length > 1 && interval ? { concat: key.map(({ length }) => ({ len: length })) } : {}
  if (size === undefined && key.length === 1) return {}
  return { desc: { ...(size === undefined ? {} : { size }), ...concat } }
}

const dataOrder = (value: NamedMap['value'] | undefined) =>
  value === undefined || value === 'verdict' ? undefined : orderEntry(userdataType.dataOrder, [kindOf(value)])

/** nft's numbers for the byte order of a type: 1 the machine's, 2 the network's. Several parts have each their own. */
function orderEntry(type: number, [kind, ...others]: readonly Kind[]) {
  if (kind === undefined || others.length > 0) return undefined
  return numberEntry(type, datatypes[kind.type].order === 'host' ? 1 : 2)
}
