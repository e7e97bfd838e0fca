import { icmpAnswer, ipProtocol } from '@nfkit/inet'
import { putBe32 } from '@nfkit/inet/bytes'
import { addressesOf, type Endpoints, parseEndpoints } from './endpoints.ts'
import { whole } from './error.ts'
import { type IpFields, ipPacket } from './ip-packet.ts'
import { type Payload, payloadBytes } from './payload.ts'

/** Fields of any ICMP or ICMPv6 message and of the IP packet around it. */
export interface IcmpFields extends IpFields {
  /** ICMP or ICMPv6 type. */
  readonly type: number
  /** 0 unless given. */
  readonly code?: number | undefined
  /** The last four of the eight bytes of header, as one number; 0 unless given. */
  readonly rest?: number | undefined
  /** What follows the eight bytes of the header. */
  readonly payload?: Payload | undefined
}

/** Fields of an echo and of the IP packet around it. */
export interface EchoFields extends IpFields {
  /** 0 unless given. */
  readonly id?: number | undefined
  /** 0 unless given. */
  readonly sequence?: number | undefined
  /** `true` for a reply. */
  readonly reply?: boolean | undefined
  /** What the other side is asked to send back. */
  readonly payload?: Payload | undefined
}

/** An ICMP message, or ICMPv6 between IPv6 addresses: `icmp('10.0.0.1 > 10.0.0.2', { type: 11, payload })`. Throws `BuildError`. */
export function icmp(endpoints: string | Endpoints, fields: IcmpFields): Uint8Array {
  const ends = typeof endpoints === 'string' ? parseEndpoints(endpoints) : endpoints
  const { type, code = 0, rest = 0 } = fields
  const payload = payloadBytes(fields.payload)
  const message = new Uint8Array(8 + payload.length)
  message[0] = whole(type, 0xff, 'type')
  message[1] = whole(code, 0xff, 'code')
  putBe32(message, 4, whole(rest, 0xffff_ffff, 'rest'))
  message.set(payload, 8)
  return ipPacket(ends, isIpv4(ends) ? ipProtocol.icmp : ipProtocol.icmpv6, message, fields)
}

/**
 * A ping, or with `reply` the answer to one: `icmpEcho('10.0.0.1 > 10.0.0.2', { id: 7, sequence: 1 })`. Throws `BuildError`.
 *
 * @example
 * import { parseIp } from '@nfkit/ip-codec'
 * import { icmpEcho } from '@nfkit/ip-codec/build'
 *
 * console.log(parseIp(icmpEcho('10.0.0.1 > 10.0.0.2', { id: 7, sequence: 1 }))?.icmp?.isEchoRequest) // true
 */
export function icmpEcho(endpoints: string | Endpoints, fields: EchoFields = {}): Uint8Array {
  const ends = typeof endpoints === 'string' ? parseEndpoints(endpoints) : endpoints
  const { id = 0, sequence = 0, reply = false } = fields
  const [protocol, request] = isIpv4(ends) ? [ipProtocol.icmp, 8] : [ipProtocol.icmpv6, 128]
  const rest = whole(id, 0xffff, 'id') * 0x1_0000 + whole(sequence, 0xffff, 'sequence')
  return icmp(ends, { ...fields, type: reply ? icmpAnswer(protocol, request)! : request, rest })
}

/** Why a packet did not get through, by the name both versions know it under. */
export type Unreachable = 'network' | 'host' | 'port' | 'prohibited'

const codes = {
  4: { network: 0, host: 1, port: 3, prohibited: 13 },
  6: { network: 0, host: 3, port: 4, prohibited: 1 },
} as const

/**
 * "Destination unreachable" about `packet`, quoted as far as the smallest MTU allows (RFC 1812, 4.3.2.3; RFC 4443, 2.4). `why` is a name or
 * a code of the version. Throws `BuildError`.
 *
 * @example
 * import { parseIp } from '@nfkit/ip-codec'
 * import { icmpUnreachable, udp } from '@nfkit/ip-codec/build'
 *
 * const error = icmpUnreachable('10.0.0.2 > 10.0.0.1', udp('10.0.0.1:4000 > 10.0.0.2:53'), 'port')
 * console.log(`${parseIp(error)?.icmp?.embedded}`) // 10.0.0.1:4000 > 10.0.0.2:53 udp, 28 bytes
 */
export function icmpUnreachable(
  endpoints: string | Endpoints,
  packet: Uint8Array,
  why: Unreachable | number = 'port',
  fields: IpFields = {},
): Uint8Array {
  const ends = typeof endpoints === 'string' ? parseEndpoints(endpoints) : endpoints
  const [type, named] = isIpv4(ends) ? [3, codes[4]] : [1, codes[6]]
  return error(ends, packet, { ...fields, type, code: typeof why === 'number' ? why : named[why] })
}

/**
 * "Time exceeded" about `packet`, whose hops are used up: quoted as far as `icmpUnreachable` does. Throws `BuildError`.
 *
 * @example
 * import { parseIp } from '@nfkit/ip-codec'
 * import { icmpTimeExceeded, udp } from '@nfkit/ip-codec/build'
 *
 * const error = icmpTimeExceeded('10.0.0.254 > 10.0.0.1', udp('10.0.0.1:4000 > 10.0.0.2:53', { ttl: 1 }))
 * console.log(`${parseIp(error)?.icmp?.embedded}`) // 10.0.0.1:4000 > 10.0.0.2:53 udp, 28 bytes
 */
export function icmpTimeExceeded(endpoints: string | Endpoints, packet: Uint8Array, fields: IpFields = {}): Uint8Array {
  const ends = typeof endpoints === 'string' ? parseEndpoints(endpoints) : endpoints
  return error(ends, packet, { ...fields, type: isIpv4(ends) ? 11 : 3 })
}

/** An error quotes a packet as far as the smallest MTU allows. */
const error = (ends: Endpoints, packet: Uint8Array, fields: IcmpFields): Uint8Array =>
  icmp(ends, { ...fields, payload: packet.subarray(0, isIpv4(ends) ? 576 - 28 : 1280 - 48) })

function isIpv4(endpoints: Endpoints): boolean {
  return addressesOf(endpoints).source.length === 4
}
