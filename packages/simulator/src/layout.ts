import { ipProtocol } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { type IpPacket, internetChecksum, parseIp, storeTransportChecksum } from '@nfkit/ip-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'

/** Where a packet's parts are: what the kernel knows of a packet without a look at its connection. */
export interface Layout {
  /** 2 or 10. */
  readonly family: number
  /** Layer-4 protocol number. */
  readonly protocol: number
  /** Where the layer-4 header starts. */
  readonly transport: number
  /** Not the first fragment: there is no layer-4 header. */
  readonly laterFragment: boolean
}

/** Read the network header; `undefined` when the bytes do not start with a whole one of IPv4 or IPv6. */
export function layoutOf(bytes: Uint8Array): Layout | undefined {
  const ip = parseIp(bytes)
  return ip && layoutIn(ip)
}

/** The same of a packet that was read before. */
export const layoutIn = (ip: IpPacket): Layout => ({
  family: ip.version === 4 ? family.ipv4 : family.ipv6,
  protocol: ip.protocol,
  transport: ip.payloadStart,
  laterFragment: ip.isLaterFragment,
})

const hopByHop = 0

/**
 * Where IP takes the transport header to start: of IPv6 behind the fixed header, and behind options for every hop (ip_rcv_core, ipv6_parse_hopopts).
 * Nowhere in what it cannot read.
 */
export function assumedTransport(bytes: Uint8Array, layout: Layout | undefined): number {
  if (layout === undefined) return 0
  if (layout.family === family.ipv4) return layout.transport
  return bytes[6] === hopByHop ? 40 + 8 + 8 * bytes[41]! : 40
}

/** Where in their headers the checksums are that hardware fills in. */
const checksumAt: Readonly<Record<number, number>> = { [ipProtocol.tcp]: 16, [ipProtocol.udp]: 6 }

export const hasOffloadedChecksum = (number: number): boolean => number in checksumAt

/** Fill in the TCP or UDP checksum, as the kernel does for checksums that were left to hardware (skb_checksum_help). */
export function completeChecksum(bytes: Uint8Array): void {
  const ip = parseIp(bytes)
  if (ip && hasOffloadedChecksum(ip.protocol)) storeTransportChecksum(ip)
}

/** The sum of addresses and length, as a sender leaves it to hardware to add the rest. */
export function startChecksum(bytes: Uint8Array): void {
  const ip = parseIp(bytes)
  if (!ip || !hasOffloadedChecksum(ip.protocol)) return
  const size = ip.end - ip.payloadStart
  const [from, to] = ip.version === 4 ? [12, 20] : [8, 40]
  const pseudo = Uint8Array.from([...bytes.subarray(from, to), 0, ip.protocol, size >> 8, size & 0xff])
  putBe16(bytes, ip.payloadStart + checksumAt[ip.protocol]!, ~internetChecksum(pseudo) & 0xffff)
}

/** The checksum of an IPv4 header, written into it. */
export function completeHeaderChecksum(bytes: Uint8Array): void {
  putBe16(bytes, 10, 0)
  putBe16(bytes, 10, internetChecksum(bytes, 0, 4 * (bytes[0]! & 0xf)))
}
