import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { copyMode, nfqa, queueFlags, skbInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import type { Interface } from '../interfaces.ts'
import { completeChecksum } from '../layout.ts'
import type { Packet } from '../packet.ts'
import { Frame } from './frame.ts'
import type { Queue } from './queue.ts'

const { rows } = nfqa
const nested = 0x8000
const ethertypes = { ipv4: 0x0800, ipv6: 0x86dd }
/** More than all attributes but those of variable length take. */
const fixedSize = 320

/** What the message says of a packet's connection, where the queue asked for it. */
export interface ConnectionPart {
  /** The attributes of NFQA_CT. */
  readonly bytes: Uint8Array
  readonly info: number
}

/** Build NFQNL_MSG_PACKET in the kernel's order (nfqnl_build_packet_message, net/netfilter/nfnetlink_queue.c). */
export function packetMessage(
  queue: Queue,
  journey: Journey,
  id: number,
  ct: ConnectionPart | undefined,
  classid: boolean,
): Uint8Array {
  const { packet, hookNumber } = journey
  const { origin } = packet
  const whole = queue.copyMode === copyMode.packet
  const wasUnverified = packet.checksum === 'unverified'
  if (whole && packet.checksum === 'partial' && !(queue.flags & queueFlags.gso)) complete(packet)
  const copied = whole ? Math.min(queue.copyRange, packet.bytes.length) : 0
  const variable = (ct?.bytes.length ?? 0) + (origin.linkHeader?.length ?? 0) + (origin.secctx?.length ?? 0)
  const frame = new Frame(fixedSize + variable + copied, packet.family, queue.number)
  const at = frame.attr(rows.packetHdr.id, 7)
  putBe32(frame.bytes, at, id)
  putBe16(frame.bytes, at + 4, protocolOf(packet))
  frame.bytes[at + 6] = hookNumber
  devices(frame, journey)
  if (packet.mark !== 0) frame.be32(rows.mark.id, packet.mark)
  if (packet.priority !== 0) frame.be32(rows.priority.id, packet.priority)
  if (journey.indev && origin.hardwareAddress) {
    const hardware = frame.attr(rows.hwaddr.id, 12)
    putBe16(frame.bytes, hardware, origin.hardwareAddress.length)
    frame.bytes.set(origin.hardwareAddress, hardware + 4)
  }
  if (packet.family === family.bridge) linkLayer(frame, packet)
  if (origin.receivedAt !== undefined && hookNumber <= hook.forward) timestamp(frame, origin.receivedAt)
  sender(frame, queue, journey, classid)
  if (ct) {
    frame.raw(rows.ct.id | nested, ct.bytes)
    frame.be32(rows.ctInfo.id, ct.info)
  }
  if (whole && copied < packet.bytes.length) frame.be32(rows.capLen.id, packet.bytes.length)
  const verified =
    hookNumber > hook.forward && !(hookNumber === hook.postrouting && journey.route.hasInput(journey.point))
  let info = 0
  if (packet.checksum === 'partial') info = skbInfo.csumNotReady
  else if (wasUnverified && !verified) info = skbInfo.csumNotVerified
  if (packet.segmentSize > 0) info |= skbInfo.gso
  if (info !== 0) frame.be32(rows.skbInfo.id, info)
  return frame.finish(rows.payload.id, packet.bytes, copied)
}

/** Fill in a checksum that was left to hardware; from then on it counts as not verified. */
function complete(packet: Packet): void {
  completeChecksum(packet.bytes)
  packet.checksum = 'unverified'
}

function protocolOf({ family: of, bytes }: Packet): number {
  const version = of === family.bridge ? bytes[0]! >> 4 : of === family.ipv6 ? 6 : 4
  return version === 6 ? ethertypes.ipv6 : ethertypes.ipv4
}

/** The bridge family names the port first, and then the bridge it is a port of. */
function devices(frame: Frame, { packet, indev, outdev }: Journey): void {
  const { origin } = packet
  const [inFirst, inSecond, outFirst, outSecond] = [
    rows.ifindexIndev.id,
    rows.ifindexPhysindev.id,
    rows.ifindexOutdev.id,
    rows.ifindexPhysoutdev.id,
  ]
  const bridged = packet.family === family.bridge
  pair(frame, indev, origin.physindev, bridged ? inSecond : inFirst, bridged ? inFirst : inSecond)
  pair(frame, outdev, origin.physoutdev, bridged ? outSecond : outFirst, bridged ? outFirst : outSecond)
}

function pair(
  frame: Frame,
  device: Interface | undefined,
  physical: Interface | undefined,
  first: number,
  second: number,
): void {
  if (!device) return
  frame.be32(first, device.index)
  if (physical) frame.be32(second, physical.index)
}

function linkLayer(frame: Frame, { vlan, origin: { linkHeader } }: Packet): void {
  if (vlan) {
    const at = frame.attr(rows.vlan.id | nested, 16)
    const { bytes } = frame
    bytes.set([6, 0, 2, 0], at)
    putBe16(bytes, at + 4, vlan.tci)
    bytes.set([6, 0, 1, 0], at + 8)
    putBe16(bytes, at + 12, vlan.proto)
  }
  if (linkHeader) frame.raw(rows.l2hdr.id, linkHeader)
}

function timestamp(frame: Frame, nanoseconds: bigint): void {
  const at = frame.attr(rows.timestamp.id, 16)
  const seconds = nanoseconds / 1_000_000_000n
  putBe32(frame.bytes, at, Number(seconds >> 32n))
  putBe32(frame.bytes, at + 4, Number(seconds & 0xffff_ffffn))
  putBe32(frame.bytes, at + 12, Number((nanoseconds % 1_000_000_000n) / 1000n))
}

function sender(frame: Frame, queue: Queue, { packet: { origin }, hasSocket }: Journey, classid: boolean): void {
  if (hasSocket && queue.flags & queueFlags.uidGid && origin.uid !== undefined && origin.gid !== undefined) {
    frame.be32(rows.uid.id, origin.uid)
    frame.be32(rows.gid.id, origin.gid)
  }
  if (hasSocket && classid && origin.classid !== 0) frame.be32(rows.cgroupClassid.id, origin.classid)
  if (queue.flags & queueFlags.secctx && origin.secctx !== undefined)
    frame.raw(rows.secctx.id, new TextEncoder().encode(origin.secctx))
}
