import { ipProtocol } from '@nfkit/inet'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { type TcpFlags, withFlags } from '../transport/tcp-flags.ts'
import { type TcpOption, tcpOptionBytes } from '../transport/tcp-option.ts'
import { type Endpoints, parseEndpoints, portsOf } from './endpoints.ts'
import { BuildError, whole } from './error.ts'
import { type IpFields, ipPacket } from './ip-packet.ts'
import { type Payload, payloadBytes } from './payload.ts'

/** Fields of a TCP segment and of the IP packet around it. All but the window, 65,535, are 0 unless given. */
export interface TcpFields extends IpFields, TcpFlags {
  /** Sequence number; 0 by default. */
  readonly sequence?: number | undefined
  /** Acknowledgment number; 0 by default. */
  readonly acknowledgment?: number | undefined
  /** Window as it stands in the header, before scaling. */
  readonly window?: number | undefined
  /** 0 by default. */
  readonly urgentPointer?: number | undefined
  /** Options in order; none by default. */
  readonly options?: readonly TcpOption[] | undefined
  /** What follows the header. */
  readonly payload?: Payload | undefined
}

/**
 * A TCP segment: `tcp('10.0.0.1:40000 > 10.0.0.2:22', { syn: true })`. Throws `BuildError`.
 *
 * @example
 * import { tcp } from '@nfkit/ip-codec/build'
 *
 * const syn = tcp('10.0.0.1:40000 > 10.0.0.2:22', { syn: true, options: [{ kind: 'mss', size: 1460 }] })
 * console.log(syn.length) // 44
 */
export function tcp(endpoints: string | Endpoints, fields: TcpFields = {}): Uint8Array {
  const ends = typeof endpoints === 'string' ? parseEndpoints(endpoints) : endpoints
  const { sequence = 0, acknowledgment = 0, window = 0xffff, urgentPointer = 0 } = fields
  const options = tcpOptionBytes(fields.options ?? [])
  if (options.length > 40) throw new BuildError(`${options.length} bytes`, 'TCP options have at most 40')
  const payload = payloadBytes(fields.payload)
  const segment = new Uint8Array(20 + options.length + payload.length)
  const [sourcePort, destinationPort] = portsOf(ends, String(endpoints))
  putBe16(segment, 0, sourcePort)
  putBe16(segment, 2, destinationPort)
  putBe32(segment, 4, whole(sequence, 0xffff_ffff, 'sequence'))
  putBe32(segment, 8, whole(acknowledgment, 0xffff_ffff, 'acknowledgment'))
  segment[12] = ((20 + options.length) / 4) << 4
  segment[13] = withFlags(0, fields)
  putBe16(segment, 14, whole(window, 0xffff, 'window'))
  putBe16(segment, 18, whole(urgentPointer, 0xffff, 'urgentPointer'))
  segment.set(options, 20)
  segment.set(payload, 20 + options.length)
  return ipPacket(ends, ipProtocol.tcp, segment, fields)
}
