import { mirror, parseAddress, type Tuple } from '@nfkit/inet'
import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Facts } from './connection.ts'

/** What says which connection it is. */
export type FlowSubject = Pick<Facts, 'tuple' | 'original'>

/** A connection as an entry of the kernel's table, where it may not be yet: to be compared with a filter. `undefined` of a packet of none. */
export function flowOf({ tuple, original }: FlowSubject): Flow | undefined {
  const there = original ?? tuple
  if (there === undefined) return undefined
  const back = tuple && mirror(tuple)
  const attrs = { tupleOrig: attrsOf(there), ...(back === undefined ? {} : { tupleReply: attrsOf(back) }) }
  return new Flow(new Attrs(encodeAttrs(conntrack, attrs)), isIpv6(there) ? family.ipv6 : family.ipv4)
}

const isIpv6 = ({ source }: Tuple): boolean => source.address.includes(':')

function attrsOf(tuple: Tuple) {
  const { protocol, source, destination, icmp } = tuple
  const [from, to] = [parseAddress(source.address)!, parseAddress(destination.address)!]
  const ip = isIpv6(tuple) ? { v6Src: from, v6Dst: to } : { v4Src: from, v4Dst: to }
  const num = protocol as number
  const proto = isIcmpv6(tuple)
    ? { num, icmpv6Id: icmp!.id, icmpv6Type: icmp!.type, icmpv6Code: icmp!.code }
    : icmp
      ? { num, icmpId: icmp.id, icmpType: icmp.type, icmpCode: icmp.code }
      : { num, srcPort: source.port, dstPort: destination.port }
  return { ip, proto }
}

const isIcmpv6 = ({ icmp, source }: Tuple): boolean => icmp !== undefined && source.address.includes(':')
