import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nftMessage, nftObject, nftRule, nftTable } from '@nfkit/netlink-codec/nftables'
import type { Advice, Requester } from '@nfkit/netlink-transport'
import { familyNumber } from '../values/hook.ts'
import type { TableName } from '../values/identity.ts'
import type { NamedObject } from '../values/object.ts'
import type { Rule } from '../values/rule.ts'
import { objectOf, ruleOf } from './list.ts'
import { knownSetsOf } from './set.ts'
import { dump, type ReadOptions, readRaw } from './snapshot.ts'

/** What was counted in a table until it was set back. */
export interface Counted {
  /** Counters, quotas and limits that have a name. */
  readonly objects: readonly NamedObject[]
  /** The rules, with the counters and quotas in them. */
  readonly rules: readonly Rule[]
}

const ruleAdvice: Advice = {
  EINVAL: 'this kernel cannot set back counters in rules, which Linux can since 6.2: use counters that have a name',
}

/**
 * What the objects and rules of a table have counted, which begin anew with that: nothing is counted twice or lost. Objects are set back
 * first; the kernel has no way to do all at one time. Rejects with `NetlinkError`: ENOENT for a table that is not there, EINVAL before Linux 6.2.
 */
export async function resetCounters(
  requests: Requester,
  table: TableName,
  { signal }: ReadOptions = {},
): Promise<Counted> {
  const { type } = nftMessage.getTable
  const family = familyNumber(table.family)
  // A dump of what is in no table is empty: ask whether there is one.
  await requests.request(encodeMessage({ type, flags: 0, family }, nftTable, { name: table.name }), { signal })
  const { sets } = await readRaw(requests, { table, signal })
  const known = knownSetsOf(sets)
  // Read again, what was counted before would be lost: a change meanwhile does not matter here.
  const options = { signal, onInterrupted: 'ignore' } as const
  const objects = await dump(requests, nftMessage.getObjectReset, nftObject, { table: table.name }, options, family)
  const rules = await dump(
    requests,
    nftMessage.getRuleReset,
    nftRule,
    { table: table.name },
    { ...options, advice: ruleAdvice },
    family,
  )
  return {
    objects: objects.flatMap((object) => objectOf(object) ?? []),
    rules: rules.map((rule) => ruleOf(rule, known)),
  }
}
