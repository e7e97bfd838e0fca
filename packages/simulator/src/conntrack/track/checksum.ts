import { internetChecksum } from '@nfkit/ip-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Layout } from '../../layout.ts'
import type { Packet } from '../../packet.ts'

/**
 * Whether a packet that arrived has a wrong checksum: nobody has looked at it yet, and what it should be is looked up now (nf_checksum).
 * `number` is the protocol that is summed up with the addresses; `undefined` for one that leaves them out. `covered` are bytes from the header on:
 * all of them, unless the protocol says otherwise.
 */
export const hasWrongChecksum = (packet: Packet, number: number | undefined, covered?: number): boolean =>
  packet.verifies && isDamaged(packet, number, covered)

/** The same wherever it is, and whatever connection tracking wants to know. */
export function isDamaged(packet: Packet, number: number | undefined, covered?: number): boolean {
  if (packet.checksum !== 'unverified') return false
  const right = addsUp(packet.bytes, packet.layout!, number, covered)
  if (right) {
    packet.checksum = 'verified'
    packet.foundRight = true
  }
  return !right
}

/**
 * Whether the sum of a packet is what makes it whole, with the addresses and the number of a protocol, or without them for `undefined`;
 * `covered` are bytes from the header on, all of them unless said.
 */
export function addsUp(
  bytes: Uint8Array,
  { transport, family: of }: Layout,
  number: number | undefined,
  covered?: number,
): boolean {
  // A header of IPv4 is summed up as well: a right one makes no difference (nf_ip_checksum).
  if (of === family.ipv4 && internetChecksum(bytes, 0, transport) !== 0) return false
  const length = bytes.length - transport
  const own = ~internetChecksum(bytes, transport, transport + (covered ?? length)) & 0xffff
  // Zeros alone are right, too: they are summed up with the header, which makes 0xffff of them.
  if (number === undefined) return own === 0xffff || own === 0
  const [from, to] = of === family.ipv4 ? [12, 20] : [8, 40]
  const pseudo = [...bytes.subarray(from, to), 0, number, length >> 8, length & 0xff]
  const sum = own + (~internetChecksum(Uint8Array.from(pseudo)) & 0xffff)
  return (sum & 0xffff) + (sum >>> 16) === 0xffff
}
