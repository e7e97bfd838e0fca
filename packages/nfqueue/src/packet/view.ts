import { formatHardwareAddress, type Tuple } from '@nfkit/inet'
import { type IpPacket, parseIp } from '@nfkit/ip-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { hook as hooks } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, type QueuedPacket, skbInfo } from '@nfkit/netlink-codec/nfqueue'
import { tupleOf } from './tuple.ts'

/** The hook a packet was queued at. */
export type Hook = keyof typeof hooks

const hookNames = Object.keys(hooks) as readonly Hook[]

/** A VLAN tag the network card took out of the frame. */
export interface VlanTag {
  /** Tag protocol: 0x8100 or 0x88a8. */
  readonly proto: number | undefined
  /** Priority (3 bits), drop eligibility (1) and VLAN id (12). */
  readonly tci: number | undefined
}

/** What a packet tells. Getters read the kernel's bytes when called, and throw `PacketStateError` once those were given back. */
export abstract class PacketView {
  /** The message underneath, for attributes without a getter. */
  abstract readonly message: QueuedPacket
  /** @internal Its connection, where that comes from elsewhere than the message. */
  protected abstract readonly joined: Flow | undefined
  /** @internal */
  protected abstract interfaceName(index: number): string | undefined

  /** Number of the queue. */
  get queue(): number {
    return this.message.queue
  }
  get hook(): Hook | undefined {
    return hookNames[this.message.hook]
  }
  /** Family of the hook, a value of `family`: 2 IPv4, 10 IPv6, 7 bridge, 3 ARP. */
  get family(): number {
    return this.message.family
  }
  /** Ethernet type: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP. */
  get hwProtocol(): number {
    return this.message.hwProtocol
  }
  /** Packet mark; the kernel sends none when it is 0. */
  get mark(): number {
    return this.message.mark
  }
  /** Packet priority; the kernel sends none when it is 0 (Linux 5.18). */
  get priority(): number {
    return this.message.get(nfqa.rows.priority) ?? 0
  }
  /** From the network header on, cut to the copy range; `undefined` in copy mode `meta`. A view, readable until the verdict. */
  get payload(): Uint8Array | undefined {
    const message = this.message
    return message.payloadLength === 0 ? undefined : message.payload
  }
  /** Bytes of the packet in the kernel, which may exceed those of `payload`; `undefined` in copy mode `meta`. */
  get length(): number | undefined {
    const message = this.message
    return message.get(nfqa.rows.capLen) ?? (message.payloadLength || undefined)
  }
  /** Whether `payload` was cut to the copy range. */
  get truncated(): boolean {
    return this.message.attrs.has(nfqa.rows.capLen)
  }
  /** The payload's headers, read lazily; `undefined` when it is neither IPv4 nor IPv6. */
  get ip(): IpPacket | undefined {
    const { payload } = this
    return payload && parseIp(payload)
  }
  /**
   * What connection tracking would call the packet: what `ConntrackTable` and `FlowLookup` look it up by. Of an ICMP error it is the tuple of
   * the packet the error is about. `undefined` for what has none: later fragments, ICMP that is no exchange, the GRE of PPTP.
   */
  get tuple(): Tuple | undefined {
    const { ip } = this
    return ip && tupleOf(ip)
  }
  /**
   * The packet's connection: needs `conntrack` at opening and a kernel with conntrack glue, or else `flows`. A view, readable until the
   * verdict.
   */
  get flow(): Flow | undefined {
    return this.message.flow ?? this.joined
  }
  /** How the packet relates to its connection: a value of `ctInfo`. */
  get ctInfo(): number | undefined {
    return this.message.get(nfqa.rows.ctInfo)
  }
  /** When it was received, nanoseconds since 1970. The kernel has it only while something on the host asks for receive times. */
  get timestampNs(): bigint | undefined {
    const at = this.message.get(nfqa.rows.timestamp)
    return at && at.sec * 1_000_000_000n + at.usec * 1_000n
  }
  /** Index of the input interface; the bridge itself for bridged packets. */
  get indev(): number | undefined {
    return this.message.indev
  }
  get outdev(): number | undefined {
    return this.message.outdev
  }
  /** Index of the bridge's input port. */
  get physIndev(): number | undefined {
    return this.message.get(nfqa.rows.ifindexPhysindev)
  }
  get physOutdev(): number | undefined {
    return this.message.get(nfqa.rows.ifindexPhysoutdev)
  }
  /** Names of the interfaces, looked up when asked for. */
  get indevName(): string | undefined {
    return this.nameOf(this.indev)
  }
  get outdevName(): string | undefined {
    return this.nameOf(this.outdev)
  }
  get physIndevName(): string | undefined {
    return this.nameOf(this.physIndev)
  }
  get physOutdevName(): string | undefined {
    return this.nameOf(this.physOutdev)
  }
  /** Source hardware address: `02:00:5e:10:00:01`. Absent for packets of this host and on interfaces without. */
  get hwaddr(): string | undefined {
    const hw = this.message.get(nfqa.rows.hwaddr)
    return hw && formatHardwareAddress(hw.hwAddr.subarray(0, hw.hwAddrlen))
  }
  /** User id of the local socket that sent the packet: needs `uidGid`. */
  get uid(): number | undefined {
    return this.message.get(nfqa.rows.uid)
  }
  get gid(): number | undefined {
    return this.message.get(nfqa.rows.gid)
  }
  /** Security label: needs `secctx`. */
  get secctx(): string | undefined {
    return this.message.get(nfqa.rows.secctx)
  }
  /** net_cls class of the local socket that sent the packet (Linux 6.4). */
  get cgroupClassid(): number | undefined {
    return this.message.get(nfqa.rows.cgroupClassid)
  }
  /** Bridge family only. */
  get vlan(): VlanTag | undefined {
    const tag = this.message.get(nfqa.rows.vlan)
    return tag && { proto: tag.proto, tci: tag.tci }
  }
  /** Link-layer header; bridge family only. A view, readable until the verdict. */
  get l2hdr(): Uint8Array | undefined {
    return this.message.get(nfqa.rows.l2hdr)
  }
  /** Whether the transport checksum is still to be computed by hardware: it is wrong now, and will be right on the wire, also of a payload that replaces it. */
  get checksumNotReady(): boolean {
    return skb(this.message, skbInfo.csumNotReady)
  }
  /** Whether nothing has verified the transport checksum of this received packet. */
  get checksumNotVerified(): boolean {
    return skb(this.message, skbInfo.csumNotVerified)
  }
  /** Whether it stands for several segments: needs `gso`. */
  get isGso(): boolean {
    return skb(this.message, skbInfo.gso)
  }

  /** @internal */
  protected nameOf(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.interfaceName(index)
  }
}

const skb = (message: QueuedPacket, bit: number): boolean => ((message.get(nfqa.rows.skbInfo) ?? 0) & bit) !== 0
