import { putBe16, utf8 } from '@nfkit/inet/bytes'
import { logFlags, nflogMessage, nfula } from '@nfkit/netlink-codec/nflog'
import type { Journey } from '../hooks/journey.ts'
import type { Interface } from '../interfaces.ts'
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
import type { LogAction } from './action.ts'
import type { LogGroup } from './group.ts'

const { rows } = nfula
/** More than all attributes but those of variable length take. */
const fixedSize = 320
/** `ARPHRD_ETHER`, `ARPHRD_LOOPBACK`. */
const hardwareTypes = { ethernet: 1, loopback: 772 }
const ethernetHeader = 14

/** What a message says that is neither the packet's nor the rule's. */
export interface LogNumbers {
  /** When it is logged, nanoseconds since 1970: the time of packets of which no receive time is known. */
  readonly now: bigint
  /** Packets logged to any group, this one included. */
  readonly global: number
}

/** Build NFULNL_MSG_PACKET in the kernel's order (__build_packet_message, net/netfilter/nfnetlink_log.c). */
export function packetMessage(
  group: LogGroup,
  journey: Journey,
  { prefix = '', length = Number.POSITIVE_INFINITY }: LogAction,
  ct: ConnectionPart | undefined,
  { now, global }: LogNumbers,
): Uint8Array {
  const { packet, hookNumber, indev } = journey
  const { origin, bytes } = packet
  const copied = Math.min(group.copyRange, length, bytes.length)
  const said = utf8(`${prefix}\0`)
  const variable = said.length + (ct?.bytes.length ?? 0) + (origin.linkHeader?.length ?? 0)
  const frame = new Frame(fixedSize + variable + copied, nflogMessage.packet.type, packet.family, group.number)
  const at = frame.attr(rows.packetHdr.id, 4)
  putBe16(frame.bytes, at, ethertypeOf(packet))
  frame.bytes[at + 2] = hookNumber
  frame.raw(rows.prefix.id, said)
  devices(frame, rows, journey)
  if (packet.mark !== 0) frame.be32(rows.mark.id, packet.mark)
  hardwareAddress(frame, rows, journey)
  if (indev && origin.hardwareAddress) hardwareHeader(frame, indev, origin.hardwareAddress, ethertypeOf(packet))
  timestamp(frame, rows, journey, origin.receivedAt ?? now)
  owner(frame, rows, journey)
  const sequence = group.nextSequence()
  if (group.flags & logFlags.seq) frame.be32(rows.seq.id, sequence)
  if (group.flags & logFlags.seqGlobal) frame.be32(rows.seqGlobal.id, global)
  connection(frame, rows, ct)
  linkLayer(frame, rows, packet)
  return frame.finish(rows.payload.id, bytes, copied)
}

/** The header of a frame that came in. To whom it was sent is not known here: zeros. */
function hardwareHeader(frame: Frame, { name }: Interface, from: Uint8Array, ethertype: number): void {
  putBe16(frame.bytes, frame.attr(rows.hwtype.id, 2), name === 'lo' ? hardwareTypes.loopback : hardwareTypes.ethernet)
  putBe16(frame.bytes, frame.attr(rows.hwlen.id, 2), ethernetHeader)
  const at = frame.attr(rows.hwheader.id, ethernetHeader)
  frame.bytes.set(from.subarray(0, 6), at + 6)
  putBe16(frame.bytes, at + 12, ethertype)
}
