import { be32, putBe16, putBe32 } from '@nfkit/inet/bytes'
import { internetChecksum } from '@nfkit/ip-codec'
import type { Packet } from '../../../packet.ts'
import type { Connection } from '../../table/connection.ts'

/** In a header of TCP. */
const at = { sequence: 4, acknowledgment: 8, size: 12, flags: 13, checksum: 16, options: 20 } as const
const acknowledges = 0x10
const option = { end: 0, nop: 1, sack: 5 } as const
const edge = 4

/**
 * Move the numbers of a packet by what a helper, or a request, said of its connection, whatever its protocol is. False for what is too short for
 * TCP, or has options that cannot be: it is dropped (nf_ct_seq_adjust, net/netfilter/nf_conntrack_seqadj.c).
 */
export function adjustSequence(packet: Packet, connection: Connection): boolean {
  const { layout, isReply } = packet
  const { sequences } = connection
  if (!layout || !sequences) return true
  const { transport } = layout
  if (packet.bytes.length < transport + at.options) return false
  packet.bytes = packet.bytes.slice()
  const { bytes } = packet
  const sequence = be32(bytes, transport + at.sequence)
  move(packet, transport + at.sequence, connection.offsetAt(isReply, sequence))
  if (!(bytes[transport + at.flags]! & acknowledges)) return true
  const { offsetBefore } = sequences[isReply ? 0 : 1]
  const back = (place: number) =>
    move(packet, place, -connection.offsetAt(!isReply, (be32(bytes, place) - offsetBefore) >>> 0))
  back(transport + at.acknowledgment)
  const edges = edgesOf(bytes, transport)
  for (const place of edges ?? []) back(place)
  return edges !== undefined
}

function move({ bytes, checksum, layout }: Packet, place: number, by: number): void {
  const before = bytes.slice(place, place + edge)
  putBe32(bytes, place, (be32(bytes, place) + by) >>> 0)
  if (by === 0 || checksum === 'partial') return
  // The sum goes on by what the number did: once less of the old, once more of the new (inet_proto_csum_replace4).
  const sumAt = layout!.transport + at.checksum
  const inverse = before.map((byte) => ~byte & 0xff)
  const rest = bytes.slice(sumAt, sumAt + 2).map((byte) => ~byte & 0xff)
  putBe16(
    bytes,
    sumAt,
    internetChecksum(Uint8Array.from([...rest, ...inverse, ...bytes.subarray(place, place + edge)])),
  )
}

/** Where the edges of selective acknowledgments are; `undefined` for options that do not add up. */
function edgesOf(bytes: Uint8Array, transport: number): number[] | undefined {
  const end = transport + 4 * (bytes[transport + at.size]! >> 4)
  if (end > bytes.length) return undefined
  const edges: number[] = []
  for (let place = transport + at.options; place < end; ) {
    const kind = bytes[place]
    if (kind === option.end) return edges
    if (kind === option.nop) {
      place++
      continue
    }
    const length = bytes[place + 1]!
    if (place + 1 === end || length < 2 || place + length > end) return undefined
    if (kind === option.sack && length > 2 && (length - 2) % (2 * edge) === 0)
      for (let one = place + 2; one < place + length; one += edge) edges.push(one)
    place += length
  }
  return edges
}
