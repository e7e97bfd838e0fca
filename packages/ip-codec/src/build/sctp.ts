import { ipProtocol } from '@nfkit/inet'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import type { SctpChunk } from '../transport/sctp.ts'
import { type Endpoints, parseEndpoints, portsOf } from './endpoints.ts'
import { BuildError, whole } from './error.ts'
import { type IpFields, ipPacket } from './ip-packet.ts'

/** Fields of an SCTP packet and of the IP packet around it. */
export interface SctpFields extends IpFields {
  /** 0 unless given. */
  readonly verificationTag?: number | undefined
  /** Chunks in order; none by default. */
  readonly chunks?: readonly SctpChunk[] | undefined
}

/**
 * An SCTP packet: `sctp('10.0.0.1:5000 > 10.0.0.2:5001', { chunks: [{ type: 14, flags: 0, value }] })`. Throws `BuildError`.
 *
 * @example
 * import { sctp } from '@nfkit/ip-codec/build'
 *
 * console.log(sctp('10.0.0.1:5000 > 10.0.0.2:5001', { verificationTag: 7 }).length) // 32
 */
export function sctp(endpoints: string | Endpoints, fields: SctpFields = {}): Uint8Array {
  const ends = typeof endpoints === 'string' ? parseEndpoints(endpoints) : endpoints
  const { verificationTag = 0, chunks = [] } = fields
  const size = chunks.reduce((sum, { value }) => sum + ((4 + value.length + 3) & ~3), 12)
  if (size > 0xffff) throw new BuildError(`${size} bytes`, 'a packet has at most 65535')
  const packet = new Uint8Array(size)
  const [sourcePort, destinationPort] = portsOf(ends, String(endpoints))
  putBe16(packet, 0, sourcePort)
  putBe16(packet, 2, destinationPort)
  putBe32(packet, 4, whole(verificationTag, 0xffff_ffff, 'verificationTag'))
  let p = 12
  for (const { type, flags, value } of chunks) {
    packet[p] = whole(type, 0xff, 'type')
    packet[p + 1] = whole(flags, 0xff, 'flags')
    putBe16(packet, p + 2, 4 + value.length)
    packet.set(value, p + 4)
    p += (4 + value.length + 3) & ~3
  }
  return ipPacket(ends, ipProtocol.sctp, packet, fields)
}
