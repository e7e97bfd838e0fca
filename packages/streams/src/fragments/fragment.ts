import { ipProtocol } from '@nfkit/inet'
import { be16, view } from '@nfkit/inet/bytes'
import type { IpPacket } from '@nfkit/ip-codec'

/** A fragment of a packet: where its bytes belong. */
export interface Fragment {
  readonly ip: IpPacket
  /** Shared by the fragments of one packet. Opaque, compare only. */
  readonly key: string
  /** In bytes, from the end of the headers that every fragment repeats. */
  readonly offset: number
  readonly more: boolean
  /** A view: no bytes are copied. */
  readonly data: Uint8Array
  /** The headers that every fragment repeats, without what makes it one. A view. */
  readonly headers: Uint8Array
  /** Protocol number of what follows them. */
  readonly protocol: number
  /** Where in the headers that number stands. */
  readonly protocolAt: number
}

/** What a fragment is; `undefined` for one no host would take. */
export function fragmentOf(ip: IpPacket): Fragment | undefined {
  const place = ip.version === 4 ? placeInIpv4(ip) : placeInIpv6(ip)
  if (place === undefined || ip.truncated) return undefined
  const { headersEnd, dataStart, protocol, protocolAt } = place
  const data = view(ip.bytes, dataStart, ip.end)
  const { fragmentOffset: offset, moreFragments: more } = ip
  const headers = view(ip.bytes, ip.start, headersEnd)
  if (data.length === 0 || (more && data.length % 8 !== 0) || offset + data.length > 0xffff) return undefined
  return { ip, key: keyOf(ip, protocol), offset, more, data, headers, protocol, protocolAt }
}

interface Place {
  readonly headersEnd: number
  readonly dataStart: number
  readonly protocol: number
  readonly protocolAt: number
}

function placeInIpv4({ payloadStart, protocol }: IpPacket): Place {
  return { headersEnd: payloadStart, dataStart: payloadStart, protocol, protocolAt: 9 }
}

/** In front of its first fragment header; a second one is refused (ip6_frag). */
function placeInIpv6(ip: IpPacket): Place | undefined {
  if (ip.version !== 6 || ip.chainProblem !== undefined) return undefined
  let at = ip.start + 40
  let protocolAt = 6
  let place: Place | undefined
  for (const { kind, bytes } of ip.extensions) {
    if (kind === 'fragment') {
      if (place !== undefined) return undefined
      place = { headersEnd: at, dataStart: at + bytes.length, protocol: bytes[0]!, protocolAt }
    }
    protocolAt = at - ip.start
    at += bytes.length
  }
  return place
}

function keyOf(ip: IpPacket, protocol: number): string {
  const words: number[] = [ip.version]
  for (const address of [ip.sourceBytes, ip.destinationBytes]) {
    for (let p = 0; p < address.length; p += 2) words.push(be16(address, p))
  }
  const identification = ip.identification ?? 0
  // An IPv4 host tells packets of different protocols apart, an IPv6 host does not.
  words.push(identification >>> 16, identification & 0xffff, ip.version === 4 ? protocol : 0)
  return String.fromCharCode(...words)
}

/** What leads to TCP in an IPv6 fragment: itself, or extension headers in front of it. */
const towardsTcp: readonly number[] = [
  ipProtocol.tcp,
  ipProtocol.hopByHop,
  ipProtocol.routing,
  ipProtocol.ah,
  ipProtocol.destinationOptions,
]

/** Whether the packet a fragment is of may be one of TCP. */
export function mayBeTcp(ip: IpPacket): boolean {
  if (ip.version === 4) return ip.protocol === ipProtocol.tcp
  const place = placeInIpv6(ip)
  return place !== undefined && towardsTcp.includes(place.protocol)
}
