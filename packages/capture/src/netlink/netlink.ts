import { putBe16 } from '@nfkit/inet/bytes'
import { control, DecodeError, headerSize, messageFlags, toHostOrder, u16, u32 } from '@nfkit/netlink-codec'
import { big, hostOrder, little } from '../format/byte-order.ts'
import { CaptureError, type CaptureProblem } from '../format/errors.ts'
import { linktype, linktypeName } from '../format/linktype.ts'
import type { CaptureInterface, CaptureRecord } from '../format/record.ts'
import { arphrdNetlink, cookedHeader } from '../link/cooked.ts'
import { captured } from './protocol.ts'

/** `NETLINK_NETFILTER` (include/uapi/linux/netlink.h). */
export const netlinkNetfilter = 12

/** One captured netlink datagram: what went through a socket in one send or one receive. */
export interface NetlinkDatagram {
  /** The record that held the datagram. */
  readonly record: CaptureRecord
  /** `toKernel` for requests, `toUser` for answers and events. */
  readonly direction: 'toKernel' | 'toUser'
  /** `NETLINK_*`; netfilter's is `netlinkNetfilter`. */
  readonly protocol: number
  /**
   * Of netfilter: one or more messages, in this machine's byte order, even when the capturing machine's was another. Of other protocols: what
   * was captured, as it is.
   */
  readonly bytes: Uint8Array
  /** The interface that saw the datagram: an nlmon device, or a recording's own. */
  readonly interface: CaptureInterface
}

/**
 * The datagrams of a netlink capture: of an nlmon interface, or a recording of `record`. Who sent each is what the capture says,
 * else what the message tells: nlmon does not say. Throws `CaptureError`.
 *
 * @example
 * import { MemorySink, netlinkDatagrams, readCapture, record } from '@nfkit/capture'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { format, messages } from '@nfkit/netlink-codec'
 * import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
 * import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
 * import { probe } from '@nfkit/nfqueue'
 *
 * const sink = new MemorySink()
 * await probe(record(openMnl(), sink))
 * for await (const { direction, bytes } of netlinkDatagrams(readCapture(sink.bytes))) {
 *   for (const message of messages(bytes)) console.error(direction, format(message, netfilter(nfqueueMessage)))
 * }
 */
export async function* netlinkDatagrams(capture: AsyncIterable<CaptureRecord>): AsyncGenerator<NetlinkDatagram> {
  for await (const record of capture) yield netlinkDatagram(record)
}

/** Whether a record holds a netlink datagram: of a netlink capture, or of all interfaces together (`-i any`) with nlmon among them. */
export function isNetlink({ linktype: type, bytes }: CaptureRecord): boolean {
  return type === linktype.netlink || cookedHeader(type, bytes)?.hardwareType === arphrdNetlink
}

function netlinkDatagram(record: CaptureRecord): NetlinkDatagram {
  if (!isNetlink(record)) {
    const reason = `record ${record.number} is ${linktypeName(record.linktype)}, not LINKTYPE_NETLINK`
    throw problem('unsupported', record, `${reason}: replay captures of packets with replayPackets`)
  }
  const header = cookedHeader(record.linktype, record.bytes)
  if (header === undefined)
    throw problem('corrupt', record, `record ${record.number} is shorter than the header in front of a datagram`)
  const { protocol, size } = header
  const bytes = record.bytes.subarray(size)
  // What other protocols send need not be messages at all: uevents are not.
  if (protocol !== netlinkNetfilter) return datagramOf(record, protocol, bytes)
  if (record.originalLength > record.bytes.length) {
    const reason = `record ${record.number} has ${record.bytes.length} of its ${record.originalLength} bytes`
    throw problem('unsupported', record, `${reason}: capture with a longer snap length (tcpdump -s 0)`)
  }
  return datagramOf(record, protocol, inHostOrder(record, bytes))
}

function datagramOf(record: CaptureRecord, protocol: number, bytes: Uint8Array): NetlinkDatagram {
  return { record, direction: directionOf(record, bytes), protocol, bytes, interface: record.interface }
}

/** The 16 bytes tcpdump writes in front of a netlink datagram. */
export function datagramHeader(protocol: number): Uint8Array {
  const header = new Uint8Array(16)
  putBe16(header, 0, 4) // packet type "outgoing", as nlmon has it for both directions
  putBe16(header, 2, arphrdNetlink)
  putBe16(header, 14, protocol)
  return header
}

function inHostOrder(record: CaptureRecord, bytes: Uint8Array): Uint8Array {
  const fits = (length: number) => length >= headerSize && length <= bytes.length
  if (bytes.length >= headerSize && fits(u32(bytes, 0))) return bytes
  const foreign = hostOrder === little ? big : little
  if (bytes.length < headerSize || !fits(foreign.u32(bytes, 0))) {
    // A recording has everything a program sent, messages that no kernel understands included.
    if (record.direction === 'outbound') return bytes
    throw problem('corrupt', record, `record ${record.number} holds no netlink message: the capture is damaged`)
  }
  try {
    return toHostOrder(bytes, captured)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const reason = `record ${record.number} cannot be turned to this machine's byte order (${error.message})`
    throw problem('corrupt', record, `${reason}: the capture is damaged`, error)
  }
}

function directionOf({ direction }: CaptureRecord, bytes: Uint8Array): 'toKernel' | 'toUser' {
  if (direction !== undefined) return direction === 'inbound' ? 'toUser' : 'toKernel'
  if (bytes.length < headerSize) return 'toUser'
  // The kernel never sets REQUEST, and ignores messages without it.
  const request = (u16(bytes, 6) & messageFlags.request) !== 0 && u16(bytes, 4) > control.overrun
  return request ? 'toKernel' : 'toUser'
}

function problem(kind: CaptureProblem, { file, offset }: CaptureRecord, reason: string, cause?: unknown): CaptureError {
  return new CaptureError(kind, { file, offset }, reason, cause)
}
