import { nftMessage, nftObject } from '@nfkit/netlink-codec/nftables'
import type { Requester } from '@nfkit/netlink-transport'
import { familyNumber } from '../values/hook.ts'
import type { TableName } from '../values/identity.ts'
import type { NamedObject } from '../values/object.ts'
import { objectOf } from './list.ts'
import { dump, type ReadOptions } from './snapshot.ts'

/** The objects of a table, with what they have counted: none of a table that is not there. Rejects with `NetlinkError`. */
export async function readObjects(
  requests: Requester,
  { family, name }: TableName,
  { signal }: ReadOptions = {},
): Promise<readonly NamedObject[]> {
  // Counters change without a new generation: what was read stands.
  const options = { signal, onInterrupted: 'ignore' } as const
  const raw = await dump(requests, nftMessage.getObject, nftObject, { table: name }, options, familyNumber(family))
  return raw
    .filter((one) => one.family === family && one.attributes.table === name)
    .flatMap((one) => objectOf(one) ?? [])
}
