import { ipProtocol } from '@nfkit/inet'
import { be16, be32 } from '@nfkit/inet/bytes'
import type { Packet } from '../../../packet.ts'
import { hasWrongChecksum } from '../checksum.ts'

/** What the state machine looks at of a packet. */
export interface Header {
  /** A value of `packetType`. */
  readonly type: number
  readonly sequence: bigint
  /** Of packets that acknowledge; `undefined` of others. */
  readonly acknowledged: bigint | undefined
}

/** Types of packets (RFC 4340, 5.1). */
export const packetType = {
  request: 0,
  response: 1,
  data: 2,
  ack: 3,
  dataAck: 4,
  closeReq: 5,
  close: 6,
  reset: 7,
  sync: 8,
  syncAck: 9,
} as const

const { request, response, data, ack, dataAck, reset } = packetType

/** Bytes that follow the sequence number; most types have those of an acknowledgement. */
const more = new Map<number, number>([
  [request, 4],
  [response, 12],
  [data, 0],
  [reset, 12],
])
const acknowledgement = 8

const generic = 12
const extension = 4

/** Types that may have sequence numbers of 24 bits. */
const mayBeShort: readonly number[] = [data, ack, dataAck]

/** Read a packet's header (dccp_error, dccp_header_pointer). `short` is what has no whole one. */
export function headerOf(packet: Packet): Header | 'invalid' | 'short' {
  const { bytes, layout } = packet
  const at = layout!.transport
  const length = bytes.length - at
  if (length < generic) return 'short'
  const offset = 4 * bytes[at + 4]!
  if (offset < generic || offset > length) return 'invalid'
  // Linux counts coverage from the beginning of the header on.
  const coverage = bytes[at + 5]! & 0xf
  const covered = coverage === 0 ? length : 4 * (coverage - 1)
  if (covered > length || hasWrongChecksum(packet, ipProtocol.dccp, covered)) return 'invalid'
  const type = (bytes[at + 8]! >> 1) & 0xf
  const isLong = (bytes[at + 8]! & 1) === 1
  if (type > packetType.syncAck || (!isLong && !mayBeShort.includes(type))) return 'invalid'
  const rest = at + generic + (isLong ? extension : 0)
  const size = more.get(type) ?? acknowledgement
  if (rest + size > bytes.length) return 'short'
  return {
    type,
    sequence: isLong ? be48(bytes, at + 10) : BigInt((bytes[at + 9]! << 16) | be16(bytes, at + 10)),
    acknowledged: size < acknowledgement ? undefined : be48(bytes, rest + 2),
  }
}

const be48 = (bytes: Uint8Array, at: number): bigint => (BigInt(be16(bytes, at)) << 32n) | BigInt(be32(bytes, at + 2))
