import { ipProtocol } from '@nfkit/inet'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Packet } from '../../../packet.ts'
import type { Profile } from '../../../profile.ts'
import { hasWrongChecksum } from '../checksum.ts'

/** An ICMP message that is wrong; that is never tracked; that is about the packet inside it, which starts there; or any other. */
export type Message = 'wrong' | 'untracked' | 'plain' | { readonly inner: number }

const headerLength = 8

/** What ICMP messages are, before a connection is looked for (nf_conntrack_icmpv4_error, nf_conntrack_icmpv6_error). */
export function messageOf(packet: Packet, profile: Profile): Message {
  const { bytes, layout } = packet
  const { transport, protocol: number, family: of } = layout!
  const v4 = of === family.ipv4
  if (number !== (v4 ? ipProtocol.icmp : ipProtocol.icmpv6)) return 'plain'
  if (transport + headerLength > bytes.length) return 'wrong'
  if (hasWrongChecksum(packet, v4 ? undefined : ipProtocol.icmpv6)) return 'wrong'
  return v4 ? messageOf4(bytes, transport) : messageOf6(bytes, transport, profile)
}

const highestType = 18
/** Unreachable, source quench, redirect, time exceeded, parameter problem. */
const errors: readonly number[] = [3, 4, 5, 11, 12]

function messageOf4(bytes: Uint8Array, transport: number): Message {
  const type = bytes[transport]!
  if (type > highestType) return 'wrong'
  return errors.includes(type) ? { inner: transport + headerLength } : 'plain'
}

/** Multicast listeners and neighbour discovery. */
const untracked: readonly number[] = [130, 131, 132, 133, 134, 135, 136, 143]
/** Multicast router discovery. */
const routerDiscovery: readonly number[] = [151, 152]
const redirect = 137
const firstInformational = 128

function messageOf6(bytes: Uint8Array, transport: number, { leavesOutRouterDiscovery }: Profile): Message {
  const type = bytes[transport]!
  if (untracked.includes(type)) return 'untracked'
  if (leavesOutRouterDiscovery && routerDiscovery.includes(type)) return 'untracked'
  if (type === redirect) return redirectOf(bytes, transport)
  return type < firstInformational ? { inner: transport + headerLength } : 'plain'
}

const redirectLength = 40
const redirectedHeader = 4

/** A neighbour's redirect quotes the packet it is about in an option (nf_conntrack_nd_redirect). */
function redirectOf(bytes: Uint8Array, transport: number): Message {
  const linkLocal = bytes[8] === 0xfe && (bytes[9]! & 0xc0) === 0x80
  const option = transport + redirectLength
  if (bytes[7] !== 255 || !linkLocal || option + 2 > bytes.length) return 'wrong'
  if (bytes[transport + 1] !== 0) return 'plain'
  if (bytes[option + 1] === 0) return 'wrong'
  return bytes[option] === redirectedHeader ? { inner: option + 8 } : 'plain'
}
