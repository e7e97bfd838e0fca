import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { type Condition, here } from './condition.ts'
import { formatRange, type PortRange, rangeOf } from './filter.ts'
import { contains, formatNetwork, parseNetwork } from './network.ts'

const ends = ({ original, reply }: Flow) => [original.source, original.destination, reply.source, reply.destination]

/** An address anywhere. The kernel has no such filter. */
export function hostIs(host: string): Condition {
  const network = parseNetwork(host)
  const anywhere = { ...network, negated: false }
  const matches = (flow: Flow) => ends(flow).some(({ addressBytes }) => contains(anywhere, addressBytes))
  return here(`host = ${formatNetwork(network)}`, true, (flow) => matches(flow) !== network.negated)
}

/** A port anywhere. */
export function portIs(port: number | PortRange): Condition {
  const range = rangeOf(port)
  const isIn = (number: number | undefined) => number !== undefined && number >= range.first && number <= range.last
  return here(`port = ${formatRange(range)}`, true, (flow) => ends(flow).some(({ port }) => isIn(port)))
}
