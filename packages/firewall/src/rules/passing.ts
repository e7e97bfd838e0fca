import { parse } from '@nfkit/nftables'
import type { FirewallHook } from './hooks.ts'

type Clauses = ReturnType<typeof parse>

const rules = (...texts: readonly string[]): readonly Clauses[] => texts.map((text) => parse(text))

/**
 * What passes of packets that are related to a connection: without them a refusal is swallowed by our own rules, and no path finds its largest
 * packet. A connection that is related to another one is judged.
 */
export const related = rules(
  'icmp type { destination-unreachable, time-exceeded, parameter-problem } accept',
  'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept',
  'tcp flags rst accept',
)

/** What a link needs to work at all: neighbour discovery, multicast listeners, and addresses from DHCP. None of it is ever forwarded. */
export const link = rules(
  'icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect, mld2-listener-report } accept',
  'udp sport 68 udp dport 67 accept',
  'udp sport 67 udp dport 68 accept',
  'udp sport 546 udp dport 547 accept',
  'udp sport 547 udp dport 546 accept',
)

/** What a host says to itself. */
export const loopback: { readonly [hook in FirewallHook]: readonly Clauses[] } = {
  input: rules('iifname "lo" accept'),
  output: rules('oifname "lo" accept'),
  forward: [],
}
