import { ipProtocol } from '@nfkit/inet'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { parseIp } from '../ip/ip.ts'
import { fillChecksums } from '../rewrite/checksums.ts'
import { addressesOf, type Endpoints } from './endpoints.ts'
import { BuildError, whole } from './error.ts'

/** An extension header to put in: what `ip.extensions` lists fits. Its "next header" is filled in. */
export interface ExtensionBytes {
  /** Protocol number of the extension header. */
  readonly type: number
  /** The header, its own "next header" included. */
  readonly bytes: Uint8Array
}

/** Fields of the IP header. Fields of the other version are ignored. */
export interface IpFields {
  /** 64 unless given; the hop limit, in IPv6. */
  readonly ttl?: number | undefined
  /** Six bits; 0 by default. */
  readonly dscp?: number | undefined
  /** Two bits; 0 by default. */
  readonly ecn?: number | undefined
  /** IPv4: 0 unless given. */
  readonly identification?: number | undefined
  /** IPv4: set unless `false`. */
  readonly dontFragment?: boolean | undefined
  /** IPv4: the options, a multiple of four bytes, at most 40. */
  readonly ipOptions?: Uint8Array | undefined
  /** IPv6: 0 unless given. */
  readonly flowLabel?: number | undefined
  /** IPv6: in order. */
  readonly extensions?: readonly ExtensionBytes[] | undefined
}

/**
 * A whole packet around `transport`, which starts with the header of `protocol`: lengths, and all checksums. Throws `BuildError`.
 *
 * @example
 * import { ipProtocol } from '@nfkit/inet'
 * import { parseIp } from '@nfkit/ip-codec'
 * import { ipPacket, parseEndpoints } from '@nfkit/ip-codec/build'
 *
 * const packet = ipPacket(parseEndpoints('10.0.0.1 > 10.0.0.2'), ipProtocol.gre, new Uint8Array(8), { ttl: 3 })
 * console.log(parseIp(packet)?.protocol) // 47
 */
export function ipPacket(
  endpoints: Endpoints,
  protocol: number,
  transport: Uint8Array,
  fields: IpFields = {},
): Uint8Array {
  const { source, destination } = addressesOf(endpoints)
  whole(protocol, 0xff, 'the protocol')
  const header = source.length === 4 ? ipv4Header(fields) : ipv6Header(fields, protocol)
  const packet = new Uint8Array(header.length + transport.length)
  const length = source.length === 4 ? packet.length : packet.length - 40
  if (length > 0xffff) throw new BuildError(`${length} bytes`, 'a packet has at most 65535')
  packet.set(header)
  packet.set(transport, header.length)
  putBe16(packet, source.length === 4 ? 2 : 4, length)
  if (source.length === 4) packet[9] = protocol
  packet.set(source, source.length === 4 ? 12 : 8)
  packet.set(destination, source.length === 4 ? 16 : 24)
  const ip = parseIp(packet)
  if (ip) fillChecksums(ip)
  return packet
}

function trafficClass({ dscp = 0, ecn = 0 }: IpFields): number {
  return (whole(dscp, 0x3f, 'dscp') << 2) | whole(ecn, 3, 'ecn')
}

function ipv4Header(fields: IpFields): Uint8Array {
  const { ttl = 64, identification = 0, dontFragment = true, ipOptions = new Uint8Array(0) } = fields
  if (ipOptions.length % 4 !== 0 || ipOptions.length > 40) {
    throw new BuildError(`${ipOptions.length} bytes`, 'IPv4 options are a multiple of 4 bytes, at most 40')
  }
  const header = new Uint8Array(20 + ipOptions.length)
  header[0] = 0x40 | (header.length / 4)
  header[1] = trafficClass(fields)
  putBe16(header, 4, whole(identification, 0xffff, 'identification'))
  header[6] = dontFragment ? 0x40 : 0
  header[8] = whole(ttl, 0xff, 'ttl')
  header.set(ipOptions, 20)
  return header
}

function ipv6Header(fields: IpFields, protocol: number): Uint8Array {
  const { ttl = 64, flowLabel = 0, extensions = [] } = fields
  const header = new Uint8Array(extensions.reduce((size, { bytes }) => size + bytes.length, 40))
  putBe32(header, 0, 0x6000_0000 + trafficClass(fields) * 0x10_0000 + whole(flowLabel, 0xf_ffff, 'flowLabel'))
  header[7] = whole(ttl, 0xff, 'ttl')
  let nextAt = 6
  let p = 40
  for (const { type, bytes } of extensions) {
    const unit = type === ipProtocol.ah ? 4 : 8
    if (bytes.length < 8 || bytes.length % unit !== 0) {
      throw new BuildError(`${bytes.length} bytes`, `an extension header is a multiple of ${unit} bytes, at least 8`)
    }
    header[nextAt] = type
    header.set(bytes, p)
    nextAt = p
    p += bytes.length
  }
  header[nextAt] = protocol
  return header
}
