import { EncodeError } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import type { Requests } from '@nfkit/netlink-transport'
import { flushAdvice } from '../advice.ts'
import type { Features } from '../features.ts'
import { type CompiledFilter, compile } from '../filter/compile.ts'
import type { FlowFilter } from '../filter/filter.ts'
import { type Plan, planOf } from '../filter/plan.ts'

/** From this version on the kernel reads the family of a flush (ctnetlink_del_conntrack, net/netfilter/nf_conntrack_netlink.c). */
const familyVersion = 1

/** The only delete without a tuple: it removes everything the attributes match, in all families when that is 0. */
export async function flush(requests: Requests, family: number, attrs: Conntrack): Promise<undefined> {
  const type = conntrackMessage.delete.type
  const request = encodeMessage({ type, flags: 0, family, version: family === 0 ? 0 : familyVersion }, conntrack, attrs)
  await requests.request(request, { advice: flushAdvice })
  return undefined
}

/**
 * Compile a filter that selects what shall be changed. Throws `EncodeError` when it has no condition, or one that is `undefined`: it
 * would select more than was meant. `request` is refused, and `advice` says how every entry is meant.
 */
export function compileNarrow(filter: FlowFilter, request: string, advice: string): CompiledFilter {
  if (filter === undefined) throw new EncodeError(request, `the filter is undefined: ${advice}`)
  const compiled = compile(filter)
  assertDefined(filter, '', request)
  if (compiled.conditions.length === 0) throw new EncodeError(request, `the filter is empty: ${advice}`)
  return compiled
}

function assertDefined(conditions: object, inside: string, request: string): void {
  for (const [key, value] of Object.entries(conditions)) {
    const name = `${inside}${key}`
    if (value === undefined)
      throw new EncodeError(request, `"${name}" is undefined: leave out conditions that do not count`)
    if (typeof value === 'object' && value !== null) assertDefined(value, `${name}.`, request)
  }
}

/**
 * How this kernel can flush by the filter on its own; `undefined` when it would remove too much. Tuple filters are for dumps only:
 * before Linux 6.12 a delete with one means something else.
 */
export function flushPlan(filter: CompiledFilter, features: Features): Plan | undefined {
  const plan = planOf(filter, { ...features, tuple: false })
  // Kernels that honour the family of a flush are those that have tuple filters, give or take a release.
  const honoured = plan.matches === undefined && (plan.family === 0 || features.tuple)
  return honoured ? plan : undefined
}
