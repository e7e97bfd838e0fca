import type { Tuple } from '@nfkit/inet'
import { type IpPacket, parseIp, tupleOf } from '@nfkit/ip-codec'
import { nfqa, type QueuedPacket, skbInfo } from '@nfkit/netlink-codec/nfqueue'
import { type PacketRows, PacketView } from '@nfkit/netlink-codec/packet-view'

/**
 * What a queued packet tells. Getters read the kernel's bytes when called, and throw `PacketStateError` once those were given back;
 * views of them (`payload`, `ip`, `flow`, `l2hdr`) are readable until the verdict. `flow` needs `conntrack` at opening and a kernel with
 * conntrack glue, or else `flows`; `uid` and `gid` need `uidGid`.
 */
export abstract class QueuedPacketView extends PacketView<IpPacket> {
  abstract override readonly message: QueuedPacket

  /** Number of the queue. */
  get queue(): number {
    return this.message.queue
  }
  /** Packet priority; the kernel sends none when it is 0 (Linux 5.18). */
  get priority(): number {
    return this.attribute(nfqa.rows.priority) ?? 0
  }
  /** Bytes of the packet in the kernel, which may exceed those of `payload`; `undefined` in copy mode `meta`. */
  get length(): number | undefined {
    return this.attribute(nfqa.rows.capLen) ?? (this.copied || undefined)
  }
  /** Whether `payload` was cut to the copy range. */
  get truncated(): boolean {
    return this.attribute(nfqa.rows.capLen) !== undefined
  }
  /**
   * What connection tracking would call the packet: what `ConntrackTable` and `FlowLookup` look it up by. Of an ICMP error it is the tuple of
   * the packet the error is about. `undefined` for what has none: later fragments, ICMP that is no exchange, the GRE of PPTP.
   */
  get tuple(): Tuple | undefined {
    const { ip } = this
    return ip && tupleOf(ip)
  }
  /** Security label: needs `secctx`. */
  get secctx(): string | undefined {
    return this.attribute(nfqa.rows.secctx)
  }
  /** net_cls class of the local socket that sent the packet (Linux 6.4). */
  get cgroupClassid(): number | undefined {
    return this.attribute(nfqa.rows.cgroupClassid)
  }
  /**
   * Whether hardware has yet to compute the transport checksum: it is wrong now, and will be right on the wire, also of a payload that
   * replaces it.
   */
  get checksumNotReady(): boolean {
    return this.hasSkb(skbInfo.csumNotReady)
  }
  /** Whether nothing has verified the transport checksum of this received packet. */
  get checksumNotVerified(): boolean {
    return this.hasSkb(skbInfo.csumNotVerified)
  }
  /** Whether it stands for several segments: needs `gso`. */
  get isGso(): boolean {
    return this.hasSkb(skbInfo.gso)
  }

  /** Bytes of the payload that were copied. */
  protected get copied(): number {
    return this.message.payloadLength
  }
  private hasSkb(bit: number): boolean {
    return ((this.attribute(nfqa.rows.skbInfo) ?? 0) & bit) !== 0
  }
  protected override get rows(): PacketRows {
    return nfqa.rows
  }
  protected override parse(payload: Uint8Array): IpPacket | undefined {
    return parseIp(payload)
  }
}
