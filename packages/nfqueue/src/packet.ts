import { type IpPacket, parseIp } from '@nfkit/ip-codec'
import {
  type Attr,
  type Flow,
  formatHardwareAddress,
  hook as hooks,
  nfqa,
  QueuedPacket,
  skbInfo,
} from '@nfkit/netlink-codec'
import type { Changes } from './changes.ts'
import { PacketStateError } from './errors.ts'
import type { Lease } from './lease.ts'
import { packetObject } from './packet-object.ts'
import type { Verdict } from './verdict.ts'

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

/** What a packet needs of its queue. */
export interface Judge {
  judge(packet: Packet, verdict: Verdict, changes: Changes | undefined): void
  judgeAcknowledged(packet: Packet, verdict: Verdict, changes: Changes | undefined): Promise<void>
  interfaceName(index: number): string | undefined
}

type State = 'pending' | 'judged' | 'copy'

/**
 * A packet the kernel waits to have judged. Getters read the kernel's bytes when called, until the verdict: then the memory goes
 * back to the transport, and reading throws `PacketStateError`. `copy()` keeps a packet, `hold()` postpones its verdict.
 *
 * Exactly one verdict: a second one throws `PacketStateError` and does nothing.
 */
export class Packet {
  readonly #judge: Judge
  // Gone with the verdict: whoever still holds the packet does not hold the burst's memory.
  #message: QueuedPacket | undefined
  #state: State = 'pending'
  #lease: Lease | undefined
  #held = false
  /** @internal Whether an async handler is at it, as far as its queue counts. */
  inHandler = false
  #joined: Flow | undefined
  /** The kernel's handle within the queue; counts up and wraps at 2³². */
  readonly id: number
  /** When its burst was read, on the clock of `performance.now()`: the deadline counts from here. */
  readonly arrivedAt: number

  /** @internal Neighbours among the packets that wait for a verdict; `Pending` keeps them. */
  earlier: Packet | undefined = undefined
  /** @internal */
  later: Packet | undefined = undefined

  /** Packets are made by a `Queue`. */
  constructor(judge: Judge, message: QueuedPacket, arrivedAt: number, lease: Lease | undefined) {
    this.#judge = judge
    this.#message = message
    this.#lease = lease
    this.id = message.id
    this.arrivedAt = arrivedAt
  }

  /**
   * Let it go on, with changes if given. Throws, and leaves the packet as it was: `PacketStateError`; `EncodeError` for a change that
   * cannot be sent; `RewriteError` for a payload the kernel would answer with success and drop.
   */
  accept(changes?: Changes): void {
    this.#judge.judge(this, 'accept', changes)
  }
  /** Free it. Changes of the connection are applied all the same. */
  drop(changes?: Changes): void {
    this.#judge.judge(this, 'drop', changes)
  }
  /** Have the same hook function see it again. Change its mark, or it comes back for ever. */
  repeat(changes?: Changes): void {
    this.#judge.judge(this, 'repeat', changes)
  }
  /** Let it pass without the hook functions that would follow. */
  stop(changes?: Changes): void {
    this.#judge.judge(this, 'stop', changes)
  }
  /** Move it to another queue, where it gets a new id. When nobody reads that one it is dropped, or accepted with `bypass`. */
  requeue(queue: number, options: Changes & { readonly bypass?: boolean } = {}): void {
    const { bypass, ...changes } = options
    this.#judge.judge(this, { queue, bypass }, changes)
  }
  /**
   * Any verdict, acknowledged: resolves when the kernel has acted on it, rejects with `VerdictError` when it has not. Costs a
   * request of its own. A replaced payload the kernel finds impossible is acknowledged like any other, and the packet dropped.
   */
  judge(verdict: Verdict, changes?: Changes): Promise<void> {
    return this.#judge.judgeAcknowledged(this, verdict, changes)
  }
  /**
   * The verdict comes later, from elsewhere: returning from the handler does not count as forgetting the packet, only the deadline
   * applies. The packet gets memory of its own; views taken before are stale.
   */
  hold(): this {
    this.assertPending()
    this.#message = this.#owned()
    this.#held = true
    this.#giveBack()
    return this
  }

  /** Whether it has had its verdict. */
  get judged(): boolean {
    return this.#state === 'judged'
  }
  /** The message underneath, for attributes without a getter. */
  get message(): QueuedPacket {
    return this.#live()
  }
  /** Number of the queue. */
  get queue(): number {
    return this.#live().queue
  }
  get hook(): Hook | undefined {
    return hookNames[this.#live().hook]
  }
  /** Family of the hook, a value of `family`: 2 IPv4, 10 IPv6, 7 bridge, 3 ARP. */
  get family(): number {
    return this.#live().family
  }
  /** Ethernet type: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP. */
  get hwProtocol(): number {
    return this.#live().hwProtocol
  }
  /** Packet mark; the kernel sends none when it is 0. */
  get mark(): number {
    return this.#live().mark
  }
  /** Packet priority; the kernel sends none when it is 0 (Linux 5.18). */
  get priority(): number {
    return this.#get(nfqa.rows.priority) ?? 0
  }
  /** From the network header on, cut to the copy range; `undefined` in copy mode `meta`. A view, readable until the verdict. */
  get payload(): Uint8Array | undefined {
    const message = this.#live()
    return message.payloadLength === 0 ? undefined : message.payload
  }
  /** Bytes of the packet in the kernel, which may exceed those of `payload`; `undefined` in copy mode `meta`. */
  get length(): number | undefined {
    const message = this.#live()
    return message.get(nfqa.rows.capLen) ?? (message.payloadLength || undefined)
  }
  /** Whether `payload` was cut to the copy range. */
  get truncated(): boolean {
    return this.#live().attrs.has(nfqa.rows.capLen)
  }
  /** The payload's headers, read lazily; `undefined` when it is neither IPv4 nor IPv6. */
  get ip(): IpPacket | undefined {
    const { payload } = this
    return payload && parseIp(payload)
  }
  /**
   * The packet's connection: needs `conntrack` at opening and a kernel with conntrack glue, or else `flows`. A view, readable until the
   * verdict.
   */
  get flow(): Flow | undefined {
    return this.#live().flow ?? this.#joined
  }
  /** How the packet relates to its connection: a value of `ctInfo`. */
  get ctInfo(): number | undefined {
    return this.#get(nfqa.rows.ctInfo)
  }
  /** When it was received, nanoseconds since 1970. The kernel has it only while something on the host asks for receive times. */
  get timestampNs(): bigint | undefined {
    const at = this.#get(nfqa.rows.timestamp)
    return at && at.sec * 1_000_000_000n + at.usec * 1_000n
  }
  /** Index of the input interface; the bridge itself for bridged packets. */
  get indev(): number | undefined {
    return this.#live().indev
  }
  get outdev(): number | undefined {
    return this.#live().outdev
  }
  /** Index of the bridge's input port. */
  get physIndev(): number | undefined {
    return this.#get(nfqa.rows.ifindexPhysindev)
  }
  get physOutdev(): number | undefined {
    return this.#get(nfqa.rows.ifindexPhysoutdev)
  }
  /** Names of the interfaces, looked up when asked for. */
  get indevName(): string | undefined {
    return this.#interfaceName(this.indev)
  }
  get outdevName(): string | undefined {
    return this.#interfaceName(this.outdev)
  }
  get physIndevName(): string | undefined {
    return this.#interfaceName(this.physIndev)
  }
  get physOutdevName(): string | undefined {
    return this.#interfaceName(this.physOutdev)
  }
  /** Source hardware address: `02:00:5e:10:00:01`. Absent for packets of this host and on interfaces without. */
  get hwaddr(): string | undefined {
    const hw = this.#get(nfqa.rows.hwaddr)
    return hw && formatHardwareAddress(hw.hwAddr.subarray(0, hw.hwAddrlen))
  }
  /** User id of the local socket that sent the packet: needs `uidGid`. */
  get uid(): number | undefined {
    return this.#get(nfqa.rows.uid)
  }
  get gid(): number | undefined {
    return this.#get(nfqa.rows.gid)
  }
  /** Security label: needs `secctx`. */
  get secctx(): string | undefined {
    return this.#get(nfqa.rows.secctx)
  }
  /** net_cls class of the local socket that sent the packet (Linux 6.4). */
  get cgroupClassid(): number | undefined {
    return this.#get(nfqa.rows.cgroupClassid)
  }
  /** Bridge family only. */
  get vlan(): VlanTag | undefined {
    const tag = this.#get(nfqa.rows.vlan)
    return tag && { proto: tag.proto, tci: tag.tci }
  }
  /** Link-layer header; bridge family only. A view, readable until the verdict. */
  get l2hdr(): Uint8Array | undefined {
    return this.#get(nfqa.rows.l2hdr)
  }
  /** Whether the transport checksum is still to be computed by hardware: it is wrong now, and will be right on the wire. */
  get checksumNotReady(): boolean {
    return this.#skb(skbInfo.csumNotReady)
  }
  /** Whether nothing has verified the transport checksum of this received packet. */
  get checksumNotVerified(): boolean {
    return this.#skb(skbInfo.csumNotVerified)
  }
  /** Whether it stands for several segments: needs `gso`. */
  get isGso(): boolean {
    return this.#skb(skbInfo.gso)
  }

  /** A packet with bytes of its own, readable for ever, which takes no verdict. */
  copy(): Packet {
    const copy = new Packet(this.#judge, this.#owned(), this.arrivedAt, undefined)
    copy.#state = 'copy'
    copy.#joined = this.#joined
    return copy
  }

  /** Everything there is, as JSON knows it: bytes in hexadecimal, 64-bit numbers as decimal text, absent left out. */
  toJSON(): Record<string, unknown> {
    return packetObject(this)
  }

  /** @internal Whether nobody has said anything about it: neither a verdict nor that one comes later. */
  get forgotten(): boolean {
    return this.#state === 'pending' && !this.#held
  }
  /** @internal Throws unless a verdict may be given. */
  assertPending(): void {
    if (this.#state !== 'pending') throw new PacketStateError(this.id, this.#state)
  }
  /** @internal Its connection, from elsewhere than the message. */
  join(flow: Flow): void {
    this.#joined = flow
  }
  /** @internal The verdict is on its way: the bytes go back to the transport. */
  settle(): void {
    this.#message = undefined
    this.#state = 'judged'
    this.#giveBack()
  }

  #giveBack(): void {
    this.#lease?.letGo()
    this.#lease = undefined
  }
  #live(): QueuedPacket {
    if (this.#state === 'judged') throw new PacketStateError(this.id, 'released')
    return this.#message!
  }
  #owned(): QueuedPacket {
    const { bytes, start, end } = this.#live()
    return new QueuedPacket(bytes.slice(start, end), 0, end - start)
  }
  #get<T>(row: Attr<T>): T | undefined {
    return this.#live().get(row)
  }
  #skb(bit: number): boolean {
    return ((this.#get(nfqa.rows.skbInfo) ?? 0) & bit) !== 0
  }
  #interfaceName(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.#judge.interfaceName(index)
  }
}
