import { ipProtocol } from '@nfkit/inet'
import { be16, be32, putBe16, putBe32 } from '@nfkit/inet/bytes'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../hooks/journey.ts'
import type { Outcome } from '../hooks/outcome.ts'
import { completeChecksum, completeHeaderChecksum, type Layout } from '../layout.ts'
import { Packet, type PacketOrigin } from '../packet.ts'
import type { Profile } from '../profile.ts'

/**
 * What a device sends: a super-packet as it is, unless user space wrote it anew and left nothing of its checksum to hardware. Then it is cut
 * (netif_needs_gso), where the kernel does not leave it to a device that could, and what has no more than one segment is dropped (__udp_gso_segment,
 * tcp_gso_segment).
 */
export function leave(journey: Journey, { cutsRewritten }: Profile): readonly Journey[] {
  const { segmentSize, rewritten, checksum } = journey.packet
  if (rewritten && isNowhere(journey)) {
    journey.finish('drop', 'bad payload')
    return []
  }
  if (segmentSize === 0 || !rewritten || checksum !== 'unverified') return [journey]
  if (isLonger(journey.packet)) return cutsRewritten ? segment(journey) : [journey]
  journey.finish('drop', 'bad payload')
  return []
}

/** Whether no neighbour is found for it: user space took its destination away, of IPv6 (ndisc_solicit). Devices without addresses need none. */
const isNowhere = ({ packet: { bytes, family: of }, outdev }: Journey): boolean =>
  of === family.ipv6 &&
  outdev?.peerAddress !== undefined &&
  outdev.name !== 'lo' &&
  bytes.subarray(24, 40).every((byte) => byte === 0)

/** Whether there is more in a super-packet than one segment takes. */
const isLonger = ({ bytes, layout, segmentSize }: Packet): boolean =>
  layout !== undefined && bytes.length > headersOf(bytes, layout) + segmentSize

/** Bytes of all headers of a TCP or UDP packet. */
const headersOf = (bytes: Uint8Array, { protocol: carried, transport }: Layout): number =>
  transport + (carried === ipProtocol.tcp ? 4 * (bytes[transport + 12]! >> 4) : 8)

/** Cut a TCP or UDP super-packet into packets of their own, which take its place; it is settled when all of them are. */
export function segment(journey: Journey): Journey[] {
  const { packet } = journey
  const { bytes, layout, segmentSize } = packet
  if (!layout) return [journey]
  const headers = headersOf(bytes, layout)
  const parts: Journey[] = []
  const company = { left: 0 }
  // Who makes segments of a packet that came in knows no link-layer header; what leaves gets one later.
  const origin = journey.indev ? { ...packet.origin, hardwareAddress: undefined } : packet.origin
  for (let at = headers; at < bytes.length; at += segmentSize) {
    const part = new Uint8Array(headers + Math.min(segmentSize, bytes.length - at))
    part.set(bytes.subarray(0, headers))
    part.set(bytes.subarray(at, at + segmentSize), headers)
    adjust(part, packet, parts.length, at - headers, at + segmentSize >= bytes.length)
    const clone = cloneOf(packet, origin, part)
    if (parts.length > 0) clone.company = company
    company.left = parts.push(journey.branch(clone))
  }
  gather(journey, parts, company)
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

function cloneOf(packet: Packet, origin: PacketOrigin, bytes: Uint8Array): Packet {
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

function gather(journey: Journey, parts: readonly Journey[], company: { left: number }): void {
  const outcomes: (Outcome | undefined)[] = parts.map(() => undefined)
  for (const [i, part] of parts.entries()) {
    part.settle = (outcome) => {
      outcomes[i] = outcome
      company.left--
      if (company.left > 0) return
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
