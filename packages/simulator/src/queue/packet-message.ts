import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { copyMode, nfqa, nfqueueMessage, queueFlags, skbInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import { completeChecksum } from '../layout.ts'
import type { Packet } from '../packet.ts'
import type { ConnectionPart } from '../packet-message/connection-part.ts'
import { Frame } from '../packet-message/frame.ts'
import {
  connection,
  devices,
  ethertypeOf,
  hardwareAddress,
  linkLayer,
  owner,
  timestamp,
} from '../packet-message/parts.ts'
import type { Queue } from './queue.ts'

const { rows } = nfqa
/** More than all attributes but those of variable length take. */
const fixedSize = 320
/** Bytes that a UTF-16 unit of a text takes, at most. */
const mostUtf8 = 3

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
  const copied = Math.min(queue.copyRange, packet.bytes.length)
  const variable = (ct?.bytes.length ?? 0) + (origin.linkHeader?.length ?? 0) + mostUtf8 * (origin.secctx?.length ?? 0)
  const frame = new Frame(fixedSize + variable + copied, nfqueueMessage.packet.type, packet.family, queue.number)
  const at = frame.attr(rows.packetHdr.id, 7)
  putBe32(frame.bytes, at, id)
  putBe16(frame.bytes, at + 4, ethertypeOf(packet))
  frame.bytes[at + 6] = hookNumber
  devices(frame, rows, journey)
  if (packet.mark !== 0) frame.be32(rows.mark.id, packet.mark)
  if (packet.priority !== 0) frame.be32(rows.priority.id, packet.priority)
  hardwareAddress(frame, rows, journey)
  linkLayer(frame, rows, packet)
  timestamp(frame, rows, journey, origin.receivedAt)
  if (queue.flags & queueFlags.uidGid) owner(frame, rows, journey)
  sender(frame, queue, journey, classid)
  connection(frame, rows, ct)
  if (whole && copied < packet.bytes.length) frame.be32(rows.capLen.id, packet.bytes.length)
  const isFromSocket = !journey.route.hasInput(journey.point) && !packet.isOrphan
  const verified = hookNumber > hook.forward && (hookNumber !== hook.postrouting || isFromSocket)
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

function sender(frame: Frame, queue: Queue, { packet: { origin }, hasSocket }: Journey, classid: boolean): void {
  if (hasSocket && classid && origin.classid !== 0) frame.be32(rows.cgroupClassid.id, origin.classid)
  if (queue.flags & queueFlags.secctx && origin.secctx !== undefined)
    frame.raw(rows.secctx.id, new TextEncoder().encode(origin.secctx))
}
