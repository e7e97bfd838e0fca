import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import { be16, family, protocol, putBe16 } from '@nfkit/netlink-codec'

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
  return (
    ip && {
      family: ip.version === 4 ? family.ipv4 : family.ipv6,
      protocol: ip.protocol,
      transport: ip.payloadStart,
      laterFragment: ip.isLaterFragment,
    }
  )
}

/** Where in the layer-4 header the checksum is, for protocols whose checksum hardware fills in. */
const checksumAt: { readonly [number: number]: number } = { [protocol.tcp]: 16, [protocol.udp]: 6 }

export const hasOffloadedChecksum = (number: number): boolean => checksumAt[number] !== undefined

/** Fill in the TCP or UDP checksum, as the kernel does for what hardware was to complete (skb_checksum_help). */
export function completeChecksum(bytes: Uint8Array, layout: Layout): void {
  const at = checksumAt[layout.protocol]
  if (at === undefined || layout.laterFragment || layout.transport + at + 2 > bytes.length) return
  const [from, to] = layout.family === family.ipv4 ? [12, 20] : [8, 40]
  putBe16(bytes, layout.transport + at, 0)
  const length = bytes.length - layout.transport
  let sum = sumOf(bytes, from, to) + sumOf(bytes, layout.transport, bytes.length) + layout.protocol + length
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  const checksum = ~sum & 0xffff
  putBe16(bytes, layout.transport + at, checksum === 0 && layout.protocol === protocol.udp ? 0xffff : checksum)
}

function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let p = from; p + 1 < to; p += 2) sum += be16(bytes, p)
  return (to - from) & 1 ? sum + (bytes[to - 1]! << 8) : sum
}

/** The checksum of an IPv4 header, written into it. */
export function completeHeaderChecksum(bytes: Uint8Array): void {
  putBe16(bytes, 10, 0)
  putBe16(bytes, 10, internetChecksum(bytes, 0, 4 * (bytes[0]! & 0xf)))
}
