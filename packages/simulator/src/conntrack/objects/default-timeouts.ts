import { ipProtocol } from '@nfkit/inet'
import type { Profile } from '../../profile.ts'

/** Seconds by the ids of a protocol's timeout table (`timeoutTcp` and so on, netlink-codec). */
export type Timeouts = readonly (number | undefined)[]

/** Number of a layer-4 protocol, or this for all without timeouts of their own. */
export const generic = 255

/**
 * The defaults of a network namespace: what net.netfilter.nf_conntrack_*_timeout_* start with. Index 0 is that of
 * connections without a state, which are of SCTP if any, and had by a request: as long as a new one has.
 */
export function defaultTimeouts(profile: Profile): Map<number, number[]> {
  const udp = [0, 30, 120]
  const all = new Map<number, number[]>([
    [ipProtocol.tcp, [0, 120, 60, 432_000, 120, 60, 30, 120, 10, 120, 300, 300]],
    [ipProtocol.udp, udp],
    [ipProtocol.icmp, [0, 30]],
    [ipProtocol.icmpv6, [0, 30]],
    [ipProtocol.gre, [0, 30, 180]],
    [ipProtocol.sctp, [10, 10, 3, 3, profile.sctpEstablishedSeconds, 3, 3, 3, 30, 0]],
    [generic, [0, 600]],
  ])
  // The same, not a copy: who sets one has set both (nf_conntrack_proto_udp.c).
  if (profile.udplite) all.set(ipProtocol.udplite, udp)
  if (profile.dccp) all.set(ipProtocol.dccp, [0, 240, 480, 480, 43_200, 64, 64, 240])
  return all
}
