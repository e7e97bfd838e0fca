import type { Flow, FlowCounters } from '@nfkit/netlink-codec/conntrack'

const both =
  (of: keyof FlowCounters) =>
  (flow: Flow): bigint =>
    (flow.originalCounters?.[of] ?? 0n) + (flow.replyCounters?.[of] ?? 0n)

/** What each order goes by, most first; the newest come first of themselves. */
const measures = {
  newest: undefined,
  bytes: both('bytes'),
  packets: both('packets'),
  left: ({ timeoutSeconds = 0 }: Flow) => BigInt(timeoutSeconds),
}

export type Order = keyof typeof measures

export const orders = Object.keys(measures) as Order[]

/** The first `count` of flows that are given oldest first. */
export function first(flows: readonly Flow[], order: Order, count: number): Flow[] {
  const measure = measures[order]
  const newest = flows.toReversed()
  if (measure === undefined) return newest.slice(0, count)
  return newest
    .map((flow) => ({ flow, most: measure(flow) }))
    .sort((a, b) => Number(b.most - a.most))
    .slice(0, count)
    .map(({ flow }) => flow)
}
