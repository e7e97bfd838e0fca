import { be16, view } from '@nfkit/inet/bytes'
import { Flow } from '../flow/flow.ts'
import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import type { PacketMessage } from '../packet-view.ts'
import { Attrs } from '../schema/attrs.ts'
import type { Attr } from '../schema/shape.ts'
import { DecodeError } from '../wire/errors.ts'
import { nfula } from './table.ts'

const { rows } = nfula

/** One `NFULNL_MSG_PACKET`, read when asked. The constructor throws `DecodeError` when the packet's header is missing. */
export class LoggedPacket implements PacketMessage {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** Ethernet type: 0x0800 IPv4, 0x86dd IPv6. */
  readonly hwProtocol: number
  /** A value of `hook`. */
  readonly hook: number
  readonly attrs: Attrs

  /** `bytes[start, end)` is one whole message of type NFULNL_MSG_PACKET. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.attrs = new Attrs(bytes, start + netfilterHeaderSize, end)
    const header = this.attrs.get(rows.packetHdr)
    if (header === undefined) throw new DecodeError('NFULA_PACKET_HDR', start, 'missing')
    this.hwProtocol = header.hwProtocol
    this.hook = header.hook
  }

  /** Number of the log group. */
  get group(): number {
    return be16(this.bytes, this.start + 18)
  }
  /** Family of the hook: 2 IPv4, 10 IPv6, 7 bridge, 3 ARP. */
  get family(): number {
    return this.bytes[this.start + 16]!
  }
  /** What the rule says; empty when it says nothing. */
  get prefix(): string {
    return this.get(rows.prefix) ?? ''
  }
  /** Packet mark: 0 is what the kernel means by sending none. */
  get mark(): number {
    return this.get(rows.mark) ?? 0
  }
  /** Index of the input interface; the bridge itself for bridged packets. */
  get indev(): number | undefined {
    return this.get(rows.ifindexIndev)
  }
  get outdev(): number | undefined {
    return this.get(rows.ifindexOutdev)
  }
  /** From the network header on, cut to the copy range. A view: no bytes are copied. */
  get payload(): Uint8Array {
    return this.get(rows.payload) ?? view(this.bytes, this.end, this.end)
  }
  /** Bytes of the payload that were copied; 0 in mode `meta`. */
  get payloadLength(): number {
    return this.payload.length
  }
  /** The connection the packet belongs to, when the group was asked for it and the kernel knows it. */
  get flow(): Flow | undefined {
    const ct = this.attrs.nest(rows.ct)
    return ct && new Flow(ct, this.family)
  }
  /** Any other attribute: `packet.get(nfula.rows.prefix)`. */
  get<T>(row: Attr<T>): T | undefined {
    return this.attrs.get(row)
  }
}
