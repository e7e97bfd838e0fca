import { type Conntrack, conntrack, EncodeError, encodeMessage, type Flow, messageType } from '@nfkit/netlink-codec'
import { flushAdvice } from './advice.ts'
import { conditionsOf } from './conditions.ts'
import type { Features } from './features.ts'
import type { FlowFilter } from './filter.ts'
import { type Plan, planOf } from './plan.ts'
import type { Requests } from './requests.ts'

/** From this version on the kernel reads the family of a flush (ctnetlink_del_conntrack, net/netfilter/nf_conntrack_netlink.c). */
const familyVersion = 1

/** The only delete without a tuple: it removes everything the attributes match, in all families when that is 0. */
export function flush(requests: Requests, family: number, attrs: Conntrack): Promise<unknown> {
  const type = messageType.conntrackDelete.type
  const request = encodeMessage({ type, flags: 0, family, version: family === 0 ? 0 : familyVersion }, conntrack, attrs)
  return requests.request(request, { advice: flushAdvice })
}

/** Throws when the filter has no condition, or one that is `undefined`: it would remove more than was meant. */
export function assertNarrow(filter: FlowFilter): void {
  for (const [key, value] of Object.entries(filter))
    if (value === undefined)
      throw new EncodeError('IPCTNL_MSG_CT_DELETE', `"${key}" is undefined: leave out conditions that shall not count`)
  if (conditionsOf(filter).length === 0)
    throw new EncodeError('IPCTNL_MSG_CT_DELETE', 'the filter is empty: call flush() without one to remove every entry')
}

/**
 * How this kernel can flush by the filter on its own; `undefined` when it would remove too much. Tuple filters are for dumps only:
 * before Linux 6.12 a delete with one means something else.
 */
export function flushPlan(filter: FlowFilter, features: Features): Plan | undefined {
  const plan = planOf(filter, { ...features, tuple: false })
  // Kernels that honour the family of a flush are those that have tuple filters, give or take a release.
  const honoured = plan.matches === undefined && (plan.family === 0 || features.tuple)
  return honoured ? plan : undefined
}

/** Whether the kernel's table still has this very entry is its own to say: an answer of ENOENT is fine. */
export type Remove = (flow: Flow) => Promise<boolean>

/** Remove the flows of the batches, some at a time; resolves to how many there were. */
export async function removeAll(batches: AsyncIterable<readonly Flow[]>, remove: Remove): Promise<number> {
  let removed = 0
  for await (const batch of batches) {
    const results = await Promise.all(batch.map(remove))
    removed += results.filter(Boolean).length
  }
  return removed
}
