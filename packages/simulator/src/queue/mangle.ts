import { be16 } from '@nfkit/inet/bytes'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { layoutOf } from '../layout.ts'
import type { Packet } from '../packet.ts'

/**
 * Replace a packet from the network header on (nfqnl_mangle, net/netfilter/nfnetlink_queue.c). False when the kernel would not,
 * and drops the packet. Lengths and checksums inside are the sender's business.
 */
export function mangle(packet: Packet, payload: Uint8Array, validates: boolean): boolean {
  if (validates && !consistent(packet, payload)) return false
  if (payload.length < packet.bytes.length && payload.length < packet.least) return false
  if (packet.hasPages && payload.length > packet.bytes.length) copied(packet)
  packet.bytes = payload
  packet.layout = layoutOf(payload) ?? packet.layout
  packet.checksum = packet.foundRight ? 'verified' : 'unverified'
  packet.rewritten = true
  return true
}

/** The copy that has room for more has no pages, and no sender (skb_copy_expand). */
function copied(packet: Packet): void {
  packet.hasPages = false
  packet.isOrphan = true
  packet.origin = { ...packet.origin, uid: undefined, gid: undefined }
}

/**
 * Whether a payload ends inside the IPv6 header and changes its destination. Accepted on its way out, it is routed again by what memory still holds
 * of the rest, and gets nowhere (nf_ip6_reroute).
 */
export function losesItsWay({ bytes, family: of }: Packet, payload: Uint8Array): boolean {
  return of === family.ipv6 && payload.length < 40 && !same(payload, bytes, 24, Math.min(payload.length, bytes.length))
}

const dontFragment = 0x4000

/** What kernels since 7.2 demand of a rewrite (nfqnl_validate_write). */
function consistent({ bytes, family: of, layout }: Packet, payload: Uint8Array): boolean {
  if (of === family.bridge || !layout || payload.length < layout.transport) return false
  if (payload[0]! >> 4 !== bytes[0]! >> 4) return false
  if (of === family.ipv4) {
    const fragment = (be16(payload, 6) ^ be16(bytes, 6)) & ~dontFragment
    return (
      payload[0] === bytes[0] &&
      be16(payload, 2) === payload.length &&
      fragment === 0 &&
      same(payload, bytes, 20, layout.transport)
    )
  }
  const chain = payload[6] === bytes[6] && same(payload, bytes, 40, layout.transport)
  return chain && be16(payload, 4) === payload.length - 40
}

function same(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p++) if (a[p] !== b[p]) return false
  return true
}
