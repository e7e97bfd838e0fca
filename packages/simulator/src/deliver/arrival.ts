import { be16 } from '@nfkit/inet/bytes'
import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { assumedTransport, completeHeaderChecksum, layoutOf } from '../layout.ts'
import type { Packet } from '../packet.ts'

/** A packet as its header says, when more bytes came with it (pskb_trim_rcsum in ip_rcv_core and ip6_rcv_core). */
export const withoutPadding = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, parseIp(bytes)?.end)

/** What IP makes of a packet that comes back in: it ends where its header says; false when the header is wrong (ip_rcv_core, ip6_rcv_core). */
export function arrive(packet: Packet): boolean {
  const { bytes, rewritten } = packet
  packet.traceId = 0
  if (!rewritten) {
    packet.least = packet.layout ? assumedTransport(packet.bytes, packet.layout) : 0
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
  packet.least = packet.layout ? assumedTransport(packet.bytes, packet.layout) : 0
  return true
}

/** The time to live, or hop limit, is one less when a packet comes to FORWARD (ip_forward, ip6_forward). */
export function forward({ bytes, family: of }: Packet): void {
  if (of === family.ipv4) {
    bytes[8] = bytes[8]! - 1
    completeHeaderChecksum(bytes)
  } else if (of === family.ipv6) bytes[7] = bytes[7]! - 1
}
