import type { FlowLookup } from '@nfkit/conntrack'
import type { FlowSource } from '@nfkit/nfqueue'

/**
 * Connections of packets, where the kernel does not send them: asked for, but of packets that open one. The kernel's table has none of
 * those before they are accepted, and their judge is asked at once.
 */
export const unlessFirst = (flows: FlowLookup): FlowSource => ({
  peek: (tuple) => flows.peek(tuple),
  get: (tuple, { ip }) => (ip?.tcp?.syn && !ip.tcp.ack ? undefined : flows.get(tuple)),
  setMark: (tuple, mark) => flows.setMark(tuple, mark),
})
