import { errno } from '@nfkit/netlink-codec'
import { type NftObject, type nftFlowtable, type nftObject, objectType } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../refusal.ts'
import { type NftObjectState, objectKey } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { ChangeHost } from './host.ts'
import { tableOf } from './place.ts'
import type { NftRequest } from './request.ts'

type ObjectRequest = NftRequest<typeof nftObject>
type FlowtableRequest = NftRequest<typeof nftFlowtable>

const numberOf = (type: NftObject['type']): number => (typeof type === 'number' ? type : type === undefined ? -1 : objectType[type])

/** NFT_MSG_NEWOBJ (nf_tables_newobj). */
export function newObject(host: ChangeHost, request: ObjectRequest, draft: Draft): void {
  const { type, name, data, userdata } = request.value
  if (type === undefined || name === undefined || data === undefined) throw new Refusal(errno.EINVAL)
  const table = tableOf(host.tables, request, draft)
  const number = numberOf(type)
  const key = objectKey(number, name)
  const existing = table.objects.get(key)
  if (existing) {
    if (request.has('excl')) request.refuse('EEXIST', 'name')
    if (request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
    return
  }
  if (!Object.values(objectType).includes(number as never)) request.refuse('ENOENT')
  const made: NftObjectState = {
    handle: table.nextHandle(),
    name,
    type: number,
    value: { ...request.value, userdata: userdata?.slice() },
    use: 0,
  }
  draft.apply(
    () => table.objects.set(key, made),
    () => table.objects.delete(key),
  )
  draft.events.push((generation) => host.tell.object(table, made, 'new', generation))
}

/** NFT_MSG_DELOBJ (nf_tables_delobj). */
export function deleteObject(host: ChangeHost, request: ObjectRequest, draft: Draft, forgives: boolean): void {
  const table = tableOf(host.tables, request, draft)
  const { type, name, handle } = request.value
  if (type === undefined || (name === undefined && handle === undefined)) throw new Refusal(errno.EINVAL)
  const number = numberOf(type)
  const object =
    handle === undefined
      ? table.objects.get(objectKey(number, name!))
      : [...table.objects.values()].find((one) => one.handle === handle && one.type === number)
  const blamed = handle === undefined ? 'name' : 'handle'
  if (!object) {
    if (forgives) return
    return request.refuse('ENOENT', blamed)
  }
  if (object.use > 0) request.refuse('EBUSY', blamed)
  const key = objectKey(number, object.name)
  draft.apply(
    () => table.objects.delete(key),
    () => table.objects.set(key, object),
  )
  draft.events.push((generation) => host.tell.object(table, object, 'delete', generation))
}

/** NFT_MSG_NEWFLOWTABLE: kernels without the module answer so (nf_tables_newflowtable). */
export function newFlowtable(host: ChangeHost, request: FlowtableRequest, draft: Draft): void {
  tableOf(host.tables, request, draft)
  throw new Refusal(errno.ENOENT)
}

/** NFT_MSG_DELFLOWTABLE: there is none. */
export function deleteFlowtable(host: ChangeHost, request: FlowtableRequest, draft: Draft, forgives: boolean): void {
  tableOf(host.tables, request, draft)
  if (!forgives) request.refuse('ENOENT', 'name')
}
