import { align, u16 } from '@nfkit/netlink-codec'

/** Loads from here on ask the kernel instead of the datagram: SKF_AD_OFF as an unsigned number. */
export const ancillaryOffset = 0xffff_f000

const protocolWord = 0
const attribute = 12
const nestedAttribute = 16

/** NETLINK_NETFILTER, which is what sockets of this kind see as the protocol. */
const netfilterProtocol = 12

/**
 * `SKF_AD_NLATTR` finds the attribute of type `x` in the run that starts at `a`, `SKF_AD_NLATTR_NEST` does in the nest whose
 * header is at `a` (bpf_skb_get_nlattr, net/core/filter.c). The result is its place in the datagram, or 0. Other questions
 * swallow the datagram.
 */
export function findAttribute(packet: Uint8Array, question: number, a: number, x: number): number | undefined {
  if (question === protocolWord) return netfilterProtocol
  if (question !== attribute && question !== nestedAttribute) return undefined
  if (packet.length < 4 || a > packet.length - 4) return 0
  let at = a
  let end = packet.length
  if (question === nestedAttribute) {
    const length = u16(packet, a)
    if (length > packet.length - a) return 0
    at = a + 4
    end = a + length
  }
  while (at + 4 <= end) {
    const length = u16(packet, at)
    if (length < 4 || at + length > end) return 0
    if ((u16(packet, at + 2) & 0x3fff) === x) return at
    at += align(length)
  }
  return 0
}
