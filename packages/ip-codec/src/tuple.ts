import { hasPorts, icmpAnswer, ipProtocol, type Tuple } from '@nfkit/inet'
import type { IpPacket } from './ip/ip.ts'

/**
 * What connection tracking would call a packet; of an ICMP error, the packet it is about. `undefined` for what cannot be looked up: later
 * fragments, ICMP that is no exchange, and the GRE of PPTP, whose key the other side chose.
 *
 * @example
 * import { parseIp, tupleOf } from '@nfkit/ip-codec'
 * import { udp } from '@nfkit/ip-codec/build'
 *
 * const ip = parseIp(udp('192.0.2.1:1000 > 198.51.100.1:53'))
 * console.log(ip && tupleOf(ip)?.destination.port) // 53
 */
export function tupleOf(ip: IpPacket): Tuple | undefined {
  const { protocol } = ip
  const icmp = ip.icmp ?? ip.icmpv6
  if (icmp?.isError) {
    const about = icmp.embedded
    // An error about an error has no connection.
    return about === undefined || (about.icmp ?? about.icmpv6)?.isError ? undefined : tupleOf(about)
  }
  const source = { address: ip.source, port: ip.sourcePort }
  const destination = { address: ip.destination, port: ip.destinationPort }
  if (icmp) {
    const { type, code, bytes, start } = icmp
    if (icmpAnswer(protocol, type) === undefined) return undefined
    const id = (bytes[start + 4]! << 8) | bytes[start + 5]!
    return { protocol, source, destination, icmp: { type, code, id } }
  }
  if (protocol === ipProtocol.gre) return greTuple(ip)
  return hasPorts(protocol) && source.port === undefined ? undefined : { protocol, source, destination }
}

/** Version 1 is that of PPTP. The keys of all other GRE are 0 (gre_pkt_to_tuple, net/netfilter/nf_conntrack_proto_gre.c). */
function greTuple(ip: IpPacket): Tuple | undefined {
  const { protocol, payload } = ip
  const version = payload.length < 2 || ip.isLaterFragment ? undefined : payload[1]! & 7
  if (version !== 0) return undefined
  return {
    protocol,
    source: { address: ip.source, port: 0 },
    destination: { address: ip.destination, port: 0 },
  }
}
