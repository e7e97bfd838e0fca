import { errno } from '@nfkit/netlink-codec'
import { type NftObject, type nftObject, objectType } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import { compileObject } from '../evaluate/compile.ts'
import { begun } from '../evaluate/meter/begin.ts'
import type { NftRequest } from '../request.ts'
import { type NftObjectState, objectKey } from '../state/table.ts'
import type { Draft } from './draft.ts'
import { type ChangeHost, tableOf } from './host.ts'

type ObjectRequest = NftRequest<typeof nftObject>

const numberOf = (type: NonNullable<NftObject['type']>): number => (typeof type === 'number' ? type : objectType[type])

/** NFT_MSG_NEWOBJ (nf_tables_newobj). */
export function newObject({ ruleset, evaluation }: ChangeHost, request: ObjectRequest, draft: Draft): void {
  const { type, name, data } = request.value
  if (type === undefined || name === undefined || data === undefined) throw new Refusal(errno.EINVAL)
  const table = tableOf(ruleset, request, draft)
  const key = objectKey(numberOf(type), name)
  if (table.objects.has(key)) {
    if (request.has('exclusive')) request.refuse('EEXIST', 'name')
    if (request.has('replace')) throw new Refusal(errno.EOPNOTSUPP)
    return
  }
  // A type without a name is one no kernel has.
  if (typeof type === 'number') request.refuse('ENOENT', 'type')
  const value = { ...request.value, data: begun({ name: type, data }).data, userdata: request.value.userdata?.slice() }
  const made: NftObjectState = {
    handle: table.nextHandle(),
    name,
    type: numberOf(type),
    value: value as NftObject,
    step: compileObject(value as NftObject, { table, host: evaluation }),
    references: 0,
  }
  draft.apply(
    () => table.objects.set(key, made),
    () => table.objects.delete(key),
  )
  draft.tell(request, (messages) => messages.object(table, made, 'new'))
}

/** NFT_MSG_DELOBJ (nf_tables_delobj). */
export function deleteObject({ ruleset }: ChangeHost, request: ObjectRequest, draft: Draft, forgives: boolean): void {
  const table = tableOf(ruleset, request, draft)
  const { type, name, handle } = request.value
  if (type === undefined || (name === undefined && handle === undefined)) throw new Refusal(errno.EINVAL)
  const number = numberOf(type)
  const blamed = handle === undefined ? 'name' : 'handle'
  const object =
    handle === undefined
      ? table.objects.get(objectKey(number, name!))
      : [...table.objects.values()].find((one) => one.handle === handle && one.type === number)
  if (!object) {
    if (!forgives) request.refuse('ENOENT', blamed)
    return
  }
  if (object.references > 0) request.refuse('EBUSY', blamed)
  const key = objectKey(number, object.name)
  draft.drop(table.objects, key)
  draft.tell(request, (messages) => messages.object(table, object, 'delete'))
}
