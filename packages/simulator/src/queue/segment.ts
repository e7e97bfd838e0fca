import { ipProtocol } from '@nfkit/inet'
import { be16, be32, putBe16, putBe32 } from '@nfkit/inet/bytes'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../hooks/journey.ts'
import type { Outcome } from '../hooks/outcome.ts'
import { completeChecksum, completeHeaderChecksum } from '../layout.ts'
import { Packet } from '../packet.ts'

/** Cut a TCP or UDP super-packet into packets of their own, which take its place; it is settled when all of them are. */
export function segment(journey: Journey): Journey[] {
  const { packet } = journey
  const { bytes, layout, segmentSize } = packet
  if (!layout) return [journey]
  const tcp = layout.protocol === ipProtocol.tcp
  const headers = layout.transport + (tcp ? 4 * (bytes[layout.transport + 12]! >> 4) : 8)
  const parts: Journey[] = []
  for (let at = headers; at < bytes.length; at += segmentSize) {
    const part = new Uint8Array(headers + Math.min(segmentSize, bytes.length - at))
    part.set(bytes.subarray(0, headers))
    part.set(bytes.subarray(at, at + segmentSize), headers)
    adjust(part, packet, parts.length, at - headers, at + segmentSize >= bytes.length)
    const clone = cloneOf(packet, part)
    clone.laterSegment = parts.length > 0
    parts.push(journey.branch(clone))
  }
  gather(journey, parts)
  return parts
}

function adjust(part: Uint8Array, { layout, bytes }: Packet, number: number, offset: number, last: boolean): void {
  const { transport, protocol: carried, family: of } = layout!
  if (of === family.ipv4) {
    putBe16(part, 2, part.length)
    putBe16(part, 4, be16(bytes, 4) + number)
    completeHeaderChecksum(part)
  } else {
    putBe16(part, 4, part.length - 40)
  }
  if (carried === ipProtocol.tcp) {
    putBe32(part, transport + 4, (be32(bytes, transport + 4) + offset) >>> 0)
    // FIN and PSH belong to the end.
    if (!last) part[transport + 13] = part[transport + 13]! & ~0x09
  } else {
    putBe16(part, transport + 4, part.length - transport)
  }
  completeChecksum(part)
}

function cloneOf(packet: Packet, bytes: Uint8Array): Packet {
  // What makes segments of a packet computes their checksums, and knows no link-layer header.
  const origin = { ...packet.origin, hardwareAddress: undefined }
  const clone = new Packet(bytes, packet.layout, packet.family, origin, {
    mark: packet.mark,
    priority: packet.priority,
    checksum: 'unverified',
    segmentSize: 0,
    vlan: packet.vlan,
    untracked: packet.untracked,
  })
  clone.least = packet.least
  clone.connection = packet.connection
  clone.ctInfo = packet.ctInfo
  clone.isTraced = packet.isTraced
  return clone
}

function gather(journey: Journey, parts: readonly Journey[]): void {
  const outcomes: (Outcome | undefined)[] = parts.map(() => undefined)
  let left = parts.length
  for (const [i, part] of parts.entries()) {
    part.settle = (outcome) => {
      outcomes[i] = outcome
      left--
      if (left > 0) return
      const segments = outcomes as Outcome[]
      const worst = segments.find(({ verdict }) => verdict === 'drop') ?? segments[0]!
      journey.settle({
        ...worst,
        payload: journey.packet.bytes,
        queues: segments.flatMap(({ queues }) => queues),
        segments,
      })
    }
  }
}
