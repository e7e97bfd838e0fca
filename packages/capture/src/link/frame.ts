import { be16 } from '@nfkit/inet/bytes'
import { ipHeader } from './ip-header.ts'
import { cutHeader, NotAPacket } from './not-a-packet.ts'
import { pppoeHeader, pppPayload } from './ppp.ts'

/** The receiver of a captured frame, as the capturing machine saw it. */
export type FrameDestination = 'us' | 'everybody' | 'somebody else' | 'from us'

/** What the kernel's packet logger says about a packet besides its bytes. */
export interface Logged {
  /** A value of netlink-codec's `hook`. */
  readonly hook: number | undefined
  readonly indev: number | undefined
  readonly outdev: number | undefined
  readonly mark: number | undefined
  readonly timestampNs: bigint | undefined
}

/** What a link layer says about the packet it carries. */
export interface Frame {
  /** The record's bytes. */
  readonly bytes: Uint8Array
  /** Where the IP header is. */
  readonly start: number
  /** Hardware address of the sender, where the link layer has one. */
  readonly hwaddr: Uint8Array | undefined
  /** `undefined` where the link layer does not say. */
  readonly destination: FrameDestination | undefined
  /** As the capturing machine numbered its interfaces. */
  readonly interfaceIndex: number | undefined
  readonly logged: Logged | undefined
}

/** A frame whose IP starts there, if it does. Frames of all link layers are made here: what reads them is fast where they have one shape. */
export function frame(
  bytes: Uint8Array,
  start: number | NotAPacket,
  hwaddr?: Uint8Array,
  destination?: FrameDestination,
  interfaceIndex?: number,
  logged?: Logged,
): Frame | NotAPacket {
  return start instanceof NotAPacket ? start : { bytes, start, hwaddr, destination, interfaceIndex, logged }
}

const etherType = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, mpls: 0x8847, pppoe: 0x8864, qinq: 0x88a8 }
const oldQinq = 0x9100

const reasons = new Map([
  [etherType.arp, 'an ARP message, not IP'],
  [etherType.mpls, 'MPLS, which IP rules do not see into'],
  [0x8863, 'a PPPoE discovery message, not IP'],
  [0x88cc, 'an LLDP message, not IP'],
])

/** Where IP starts, given the Ethernet type of what is at `start`: after any VLAN tags and PPPoE. */
export function networkHeader(bytes: Uint8Array, type: number, start: number): number | NotAPacket {
  let at = start
  let inside = type
  while (inside === etherType.vlan || inside === etherType.qinq || inside === oldQinq) {
    if (at + 4 > bytes.length) return cutHeader
    inside = be16(bytes, at + 2)
    at += 4
  }
  if (inside === etherType.ipv4) return ipHeader(bytes, at, 4)
  if (inside === etherType.ipv6) return ipHeader(bytes, at, 6)
  if (inside === etherType.pppoe) return pppPayload(bytes, at + pppoeHeader)
  if (inside < 0x600) return new NotAPacket('an 802.3 frame without Ethernet type, not IP')
  return new NotAPacket(reasons.get(inside) ?? `Ethernet type 0x${inside.toString(16).padStart(4, '0')}, not IP`)
}
