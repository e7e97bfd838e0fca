import { be16, putBe16 } from '@nfkit/inet/bytes'
import { internetChecksum } from '@nfkit/ip-codec'
import { icmpTimeExceeded } from '@nfkit/ip-codec/build'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../hooks/journey.ts'
import { assumedTransport, layoutOf } from '../layout.ts'
import type { Packet } from '../packet.ts'
import { icmpError } from './icmp-error.ts'

/** What IP makes of a packet that comes back in: it ends where its header says; false when the header is wrong (ip_rcv_core, ip6_rcv_core). */
export function arrive(packet: Packet): boolean {
  const { bytes, rewritten } = packet
  packet.traceId = 0
  if (!rewritten) {
    packet.least = assumedTransport(packet.bytes, packet.layout)
    return true
  }
  const v4 = packet.family === family.ipv4
  if (bytes[0]! >> 4 !== (v4 ? 4 : 6)) return false
  const header = v4 ? 4 * (bytes[0]! & 0xf) : 40
  if (header < 20 || bytes.length < header) return false
  const length = v4 ? be16(bytes, 2) : 40 + be16(bytes, 4)
  if (length < header || length > bytes.length) return false
  if (v4 && internetChecksum(bytes, 0, header) !== 0) return false
  packet.bytes = bytes.subarray(0, length)
  packet.layout = layoutOf(packet.bytes)
  packet.least = assumedTransport(packet.bytes, packet.layout)
  return true
}

/** Priorities of packets by the four bits of their type of service behind the lowest (ip_tos2prio, net/ipv4/route.c). */
const priorityOf = [0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4]

/**
 * The time to live, or hop limit, is one less when a packet comes to FORWARD, and over IPv4 its priority is what its type of service says (ip_forward,
 * ip6_forward). Where no hop is left its sender is told, and it comes no further: false. What crosses a bridge is not routed.
 */
export function forward(journey: Journey, answer: (error: Uint8Array) => void): boolean {
  const { packet } = journey
  const { bytes, family: of, origin } = packet
  if (of === family.bridge || origin.physoutdev) return true
  const at = of === family.ipv4 ? 8 : 7
  if (bytes[at]! <= 1) {
    const error = icmpError(journey, icmpTimeExceeded)
    if (error) answer(error)
    return false
  }
  bytes[at] = bytes[at]! - 1
  if (of === family.ipv4) {
    followHop(bytes)
    packet.priority = priorityOf[(bytes[1]! & 0x1e) >> 1]!
  }
  return true
}

/** The checksum of an IPv4 header follows: one that was wrong stays wrong (ip_decrease_ttl, include/net/ip.h). */
function followHop(bytes: Uint8Array): void {
  const sum = be16(bytes, 10) + 0x100
  putBe16(bytes, 10, (sum + Number(sum >= 0xffff)) & 0xffff)
}
