import { ipProtocol } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { type Endpoints, parseEndpoints, portsOf } from './endpoints.ts'
import { BuildError } from './error.ts'
import { type IpFields, ipPacket } from './ip-packet.ts'
import { type Payload, payloadBytes } from './payload.ts'

/** Fields of a UDP datagram and of the IP packet around it. */
export interface UdpFields extends IpFields {
  /** What follows the header. */
  readonly payload?: Payload | undefined
  /** `false` leaves the checksum out. */
  readonly checksum?: boolean | undefined
}

/**
 * A UDP datagram: `udp('[2001:db8::1]:5000 > [2001:db8::2]:53', { payload })`. Throws `BuildError`.
 *
 * @example
 * import { udp } from '@nfkit/ip-codec/build'
 *
 * console.log(udp('[2001:db8::1]:5000 > [2001:db8::2]:53', { payload: 'question' }).length) // 56
 */
export function udp(endpoints: string | Endpoints, fields: UdpFields = {}): Uint8Array {
  const ends = typeof endpoints === 'string' ? parseEndpoints(endpoints) : endpoints
  const payload = payloadBytes(fields.payload)
  const datagram = new Uint8Array(8 + payload.length)
  if (datagram.length > 0xffff) throw new BuildError(`${datagram.length} bytes`, 'a datagram has at most 65535')
  const [sourcePort, destinationPort] = portsOf(ends, String(endpoints))
  putBe16(datagram, 0, sourcePort)
  putBe16(datagram, 2, destinationPort)
  putBe16(datagram, 4, datagram.length)
  datagram.set(payload, 8)
  const packet = ipPacket(ends, ipProtocol.udp, datagram, fields)
  if (fields.checksum === false) putBe16(packet, packet.length - datagram.length + 6, 0)
  return packet
}
