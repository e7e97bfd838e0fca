import { errno } from '@nfkit/netlink-codec'
import { type NftObject, type nftObject, objectType } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { NftRequest } from '../request.ts'
import { type NftObjectState, objectKey } from '../state/table.ts'
import type { Draft } from './draft.ts'
import { type ChangeHost, tableOf } from './host.ts'

type ObjectRequest = NftRequest<typeof nftObject>

const numberOf = (type: NonNullable<NftObject['type']>): number => (typeof type === 'number' ? type : objectType[type])

/** What is listed though nobody said it. */
const beginnings: { readonly [type: string]: object } = {
  counter: { packets: 0n, bytes: 0n },
  quota: { flags: 0, consumed: 0n },
  limit: { burst: 5, type: 'pkts', flags: 0 },
}

/** NFT_MSG_NEWOBJ (nf_tables_newobj). */
export function newObject({ ruleset }: ChangeHost, request: ObjectRequest, draft: Draft): void {
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
  const made: NftObjectState = {
    handle: table.nextHandle(),
    name,
    type: numberOf(type),
    value: { ...request.value, data: { ...beginnings[type], ...data }, userdata: request.value.userdata?.slice() },
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
