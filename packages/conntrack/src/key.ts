import type { Flow } from '@nfkit/netlink-codec'

/** What tells living entries apart: zone and id. */
export function flowKey(flow: Flow): string {
  const zone = flow.zone || (flow.original.zone ?? 0)
  return `${zone}/${flow.id ?? ''}`
}
