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

/** Hop-by-hop options, routing, destination options, authentication. */
const extensions: readonly number[] = [0, 43, 60, 51]
const fragmentHeader = 44
const authentication = 51

/** Read the network header; `undefined` when the bytes are no whole IPv4 or IPv6 header. */
export function layoutOf(bytes: Uint8Array): Layout | undefined {
  const version = bytes[0]! >> 4
  if (version === 4) {
    const transport = 4 * (bytes[0]! & 0xf)
    if (bytes.length < 20 || transport < 20 || transport > bytes.length) return undefined
    const laterFragment = (be16(bytes, 6) & 0x1fff) !== 0
    return { family: family.ipv4, protocol: bytes[9]!, transport, laterFragment }
  }
  return version === 6 && bytes.length >= 40 ? layoutOf6(bytes) : undefined
}

function layoutOf6(bytes: Uint8Array): Layout {
  let next = bytes[6]!
  let transport = 40
  let laterFragment = false
  while (transport + 8 <= bytes.length && (next === fragmentHeader || extensions.includes(next))) {
    if (next === fragmentHeader) {
      laterFragment = (be16(bytes, transport + 2) & 0xfff8) !== 0
      next = bytes[transport]!
      transport += 8
      if (laterFragment) break
    } else {
      const length = next === authentication ? 4 * (bytes[transport + 1]! + 2) : 8 * (bytes[transport + 1]! + 1)
      next = bytes[transport]!
      transport += length
    }
  }
  return { family: family.ipv6, protocol: next, transport, laterFragment }
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

/** The 16-bit checksum over an IPv4 header, written into it. */
export function completeHeaderChecksum(bytes: Uint8Array): void {
  putBe16(bytes, 10, 0)
  let sum = sumOf(bytes, 0, 4 * (bytes[0]! & 0xf))
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  putBe16(bytes, 10, ~sum & 0xffff)
}
