import { be16, view } from '@nfkit/inet/bytes'
import { Flow } from '../flow/flow.ts'
import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import { Attrs } from '../schema/attrs.ts'
import type { Attr } from '../schema/shape.ts'
import { packetLayoutOf } from './known-layouts.ts'
import type { PacketLayout } from './packet-layout.ts'
import { nfqa } from './table.ts'

/** The same function: V8 knows a constant of this module when it compiles a call, and looks up what is imported at each. */
const layoutOf = packetLayoutOf

/**
 * One `NFQNL_MSG_PACKET`, read lazily. The constructor finds out how the message is laid out, and asking for what is absent costs nothing, but where a
 * connection or its like may hide it. Throws `DecodeError` when the packet's header is missing, or a length is impossible. Readable as long as the bytes it was
 * made from.
 */
export class QueuedPacket {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** Where its values are. */
  readonly layout: PacketLayout

  /** `bytes[start, end)` is one whole message of type NFQNL_MSG_PACKET. Its `layout` is given by who knows it. */
  constructor(bytes: Uint8Array, start: number, end: number, layout: PacketLayout = layoutOf(bytes, start, end)) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.layout = layout
  }

  /** The kernel's handle for this packet within its queue, until its verdict. Counts up and wraps at 2³². */
  get id(): number {
    return this.layout.id(this.bytes, this.start)
  }
  /** Packet mark: 0 is what the kernel means by sending none. */
  get mark(): number {
    return this.layout.mark(this.bytes, this.start)
  }
  /** Number of the queue. */
  get queue(): number {
    return be16(this.bytes, this.start + 18)
  }
  /** Family of the hook: 2 IPv4, 10 IPv6, 7 bridge, 3 ARP. */
  get family(): number {
    return this.bytes[this.start + 16]!
  }
  /** Ethernet type: 0x0800 IPv4, 0x86dd IPv6. */
  get hwProtocol(): number {
    return this.layout.hwProtocol(this.bytes, this.start)
  }
  /** A value of `hook`. */
  get hook(): number {
    return this.layout.hook(this.bytes, this.start)
  }
  /** Index of the input interface; the bridge itself for bridged packets. */
  get indev(): number | undefined {
    return this.layout.indev(this.bytes, this.start)
  }
  get outdev(): number | undefined {
    return this.layout.outdev(this.bytes, this.start)
  }
  /** Where the payload starts in `bytes`; `end` when there is none. */
  get payloadStart(): number {
    const p = this.layout.payloadAt(this.bytes, this.start, this.end)
    return p < 0 ? this.end : p + 4
  }
  /** Bytes of the payload that were copied; 0 in mode `meta`. */
  get payloadLength(): number {
    return this.layout.payloadLength(this.bytes, this.start, this.end)
  }
  /** From the network header on, cut to the queue's copy range. A view: no bytes are copied. */
  get payload(): Uint8Array {
    return this.layout.payload(this.bytes, this.start, this.end) ?? view(this.bytes, this.end, this.end)
  }
  /** The connection the packet belongs to, when the queue was asked for it and the kernel knows it. */
  get flow(): Flow | undefined {
    const ct = this.attrs.nest(nfqa.rows.ct)
    if (ct === undefined) return undefined
    return new Flow(ct, this.family)
  }
  /** Bits of `skbInfo`: 0 is what the kernel means by sending none. */
  get skbInfo(): number {
    return this.get(nfqa.rows.skbInfo) ?? 0
  }
  get attrs(): Attrs {
    return new Attrs(this.bytes, this.start + netfilterHeaderSize, this.end)
  }
  /** Any other attribute: `packet.get(nfqa.rows.uid)`. */
  get<T>(row: Attr<T>): T | undefined {
    return this.layout.get(row, this.bytes, this.start, this.end)
  }
}
