import { inspect } from '@nfkit/inet'
import { type IpPacket, parseIpWithin } from '@nfkit/ip-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { PacketStateError, type UnjudgedReason } from '../errors.ts'
import type { VerdictChanges } from './changes.ts'
import { type PacketJson, packetJson } from './json.ts'
import type { Lease } from './lease.ts'
import { packetLine } from './line.ts'
import { copied } from './pieces.ts'
import { read, readLast } from './reader.ts'
import type { Verdict } from './verdict.ts'
import { QueuedPacketView } from './view.ts'

/** What a packet needs of its queue. */
export interface Judge {
  judge(packet: Packet, verdict: Verdict, changes: VerdictChanges | undefined): void
  judgeAcknowledged(packet: Packet, verdict: Verdict, changes: VerdictChanges | undefined): Promise<void>
  interfaceName(index: number): string | undefined
}

const is = { held: 1, handedOut: 2, inHandler: 4 } as const

/** Judged by the program, or by its queue for a reason. */
export type Settled = 'judged' | UnjudgedReason

/**
 * A packet the kernel waits to have judged. Getters read the kernel's bytes when called, until the verdict: then the memory goes
 * back to the transport, and reading throws `PacketStateError`. `copy()` keeps a packet, `hold()` postpones its verdict and gives it
 * memory of its own.
 *
 * A view (`payload`, `ip`, `flow`, `l2hdr`) taken before the program's own verdict shows other packets' bytes afterwards: `slice()` or
 * `copy()` what must be kept. Where the queue judges a packet that was handed out (its deadline, closing, `judgeThrough`), views
 * stay as they are, for the handler may still look at them.
 *
 * Exactly one verdict: a second one throws `PacketStateError` and does nothing. One that comes after the queue's own does nothing
 * either, and becomes the event `lateVerdict`.
 */
export class Packet extends QueuedPacketView {
  readonly #judge: Judge
  readonly #lease: Lease
  // Gone with the verdict: a program that still holds the packet does not hold the burst's memory.
  #bytes: Uint8Array | undefined
  #start: number
  #end: number
  /** What was read of it last: its headers, which have the payload, or that alone. */
  #seen: IpPacket | Uint8Array | undefined
  #state: 'pending' | 'copy' | Settled = 'pending'
  /** Bits of `is`: one field costs a packet less than three. */
  #is = 0
  protected joined: Flow | undefined
  /** The kernel's handle within the queue; counts up and wraps at 2³². */
  readonly id: number

  /** @internal Neighbours among the packets that wait for a verdict; `Pending` keeps them. */
  earlier: Packet | undefined = undefined
  /** @internal */
  later: Packet | undefined = undefined

  /** Packets are made by a `Queue`. */
  constructor(judge: Judge, lease: Lease, bytes: Uint8Array, start: number, end: number, id: number) {
    super()
    this.#judge = judge
    this.#lease = lease
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.id = id
  }

  /** @internal The packet whose message came in `bytes[start, end)`. Throws `DecodeError` when that makes no sense. */
  static of(judge: Judge, lease: Lease, bytes: Uint8Array, start: number, end: number): Packet {
    return new Packet(judge, lease, bytes, start, end, read(bytes, start, end).id)
  }

  /**
   * Let it go on, with changes if given. Throws, and leaves the packet as it was: `PacketStateError` for a second verdict;
   * `EncodeError` for a change that cannot be sent; `RewriteError` for a payload the kernel would answer with success and drop;
   * `TransportError` when the socket takes nothing and no more verdicts can wait for it.
   */
  accept(changes?: VerdictChanges): void {
    this.#judge.judge(this, 'accept', changes)
  }
  /** Free it. Changes of the connection are applied all the same. */
  drop(changes?: VerdictChanges): void {
    this.#judge.judge(this, 'drop', changes)
  }
  /** Have the same hook function see it again. Change its mark, or it comes back for ever. */
  repeat(changes?: VerdictChanges): void {
    this.#judge.judge(this, 'repeat', changes)
  }
  /** Let it pass without the hook functions that would follow. */
  stop(changes?: VerdictChanges): void {
    this.#judge.judge(this, 'stop', changes)
  }
  /** Move it to another queue, where it gets a new id. When nobody reads that one it is dropped, or accepted with `bypass`. */
  requeue(queue: number, options: VerdictChanges & { readonly bypass?: boolean } = {}): void {
    const { bypass, ...changes } = options
    this.#judge.judge(this, { queue, bypass }, changes)
  }
  /**
   * Any verdict, acknowledged: resolves when the kernel has acted on it, rejects with `VerdictError` when it has not. Rejects with
   * `TransportError` when it could not be sent, and the packet can still be judged; with `PacketStateError` when it has had its
   * verdict, from the program or the queue. Costs a request of its own. A replaced payload the kernel finds impossible is
   * acknowledged like any other, and the packet dropped.
   */
  judge(verdict: Verdict, changes?: VerdictChanges): Promise<void> {
    return this.#judge.judgeAcknowledged(this, verdict, changes)
  }
  /**
   * The verdict comes later, from elsewhere: returning from the handler does not count as forgetting the packet, only the deadline
   * applies. The packet gets memory of its own, readable for ever; views taken before are stale. Nothing happens when the queue has
   * judged it meanwhile.
   */
  hold(): this {
    if (this.#state === 'judged' || this.#state === 'copy') throw new PacketStateError(this.id, this.#state)
    if (this.isHeld || this.#state !== 'pending') return this
    if (this.#lease.isApart) this.#lease.keep()
    else this.move()
    this.#lease.letGo()
    this.#is |= is.held
    return this
  }

  /** When its burst was read, on the clock of `performance.now()`: the deadline counts from here. */
  get arrivedAt(): number {
    return this.#lease.arrivedAt
  }
  /** Whether it has had its verdict, from the program or the queue. */
  get judged(): boolean {
    return this.#state !== 'pending' && this.#state !== 'copy'
  }
  /** The message underneath, for attributes without a getter. */
  override get message(): QueuedPacket {
    return new QueuedPacket(this.readable, this.#start, this.#end)
  }
  /** From the network header on, cut to the copy range; `undefined` when nothing was copied. A view of the message's bytes. */
  override get payload(): Uint8Array | undefined {
    const seen = this.#seen
    if (seen !== undefined) return seen instanceof Uint8Array ? seen : seen.bytes
    this.#seen = super.payload
    return this.#seen
  }
  /** The payload's headers, read lazily; `undefined` when it is neither IPv4 nor IPv6. */
  override get ip(): IpPacket | undefined {
    const seen = this.#seen
    if (seen !== undefined && !(seen instanceof Uint8Array)) return seen
    const ip = seen === undefined ? this.parseLent() : this.parse(seen)
    if (ip !== undefined) this.#seen = ip
    return ip
  }
  /** A packet with bytes of its own, readable for ever, which takes no verdict. */
  copy(): Packet {
    const bytes = this.owned()
    const copy = new Packet(this.#judge, this.#lease, bytes, 0, bytes.length, this.id)
    copy.#state = 'copy'
    copy.joined = this.joined
    return copy
  }

  /** Names where there are names, bytes in hexadecimal, 64-bit numbers as decimal text; absent left out. */
  toJSON(): PacketJson {
    return packetJson(this)
  }
  /** One line for people: `#7 queue 0 input in eth0 10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 60 bytes`; after the verdict the id alone. */
  override toString(): string {
    return `#${this.id} ${this.#bytes ? packetLine(this) : 'judged, its bytes were given back'}`
  }
  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }

  /** @internal Whether its bytes are to stay as they are, also after its verdict. */
  get isHeld(): boolean {
    return (this.#is & is.held) !== 0
  }
  /** @internal Whether the program has said nothing about the packet: neither a verdict nor that one comes later. */
  get forgotten(): boolean {
    return this.#state === 'pending' && !this.isHeld
  }
  /**
   * @internal Why the queue has judged it, or `undefined` when a verdict may be given. Throws where the program has given one, and for
   * a copy.
   */
  get leftFor(): UnjudgedReason | undefined {
    const state = this.#state
    if (state === 'pending') return undefined
    if (state === 'judged' || state === 'copy') throw new PacketStateError(this.id, state)
    return state
  }
  /** @internal The program sees it from now on: it may take views. */
  handOut(): void {
    this.#is |= is.handedOut
  }
  /** @internal True while an async handler runs and counts towards `concurrency`. */
  get inHandler(): boolean {
    return (this.#is & is.inHandler) !== 0
  }
  set inHandler(on: boolean) {
    this.#is = on ? this.#is | is.inHandler : this.#is & ~is.inHandler
  }
  /** @internal Its connection, from elsewhere than the message. */
  join(flow: Flow): void {
    this.joined = flow
  }
  /** @internal The verdict is decided: there will be no other. */
  settle(state: Settled): void {
    this.#state = state
  }
  /** @internal The bytes go back to the transport, unless the handler may still look at `views` of them. Once is enough. */
  letGo(views = false): void {
    if (this.isHeld || this.#bytes === undefined) return
    this.#bytes = undefined
    this.#seen = undefined
    if (views && this.#is & is.handedOut) this.#lease.abandon()
    else this.#lease.letGo()
  }

  protected get lent(): QueuedPacket {
    return readLast(this.#bytes, this.#start) ?? read(this.readable, this.#start, this.#end)
  }

  // Where the message lies: a view of the payload would be one object more.
  private parseLent(): IpPacket | undefined {
    const { bytes, payloadStart, payloadLength } = this.lent
    return parseIpWithin(bytes, payloadStart, payloadStart + payloadLength)
  }

  // Not `#`: a private method or getter is one more field of each packet.
  private get readable(): Uint8Array {
    if (this.#bytes === undefined) throw new PacketStateError(this.id, 'released')
    return this.#bytes
  }

  /** Out of its burst, whose memory it would keep. */
  private move(): void {
    const own = copied(this.readable, this.#start, this.#end)
    if (own === undefined) throw new RangeError(`packet ${this.id}: there is no memory to hold it in`)
    own.piece?.keep()
    this.#bytes = own.bytes
    this.#start = own.start
    this.#end = own.end
    this.#seen = undefined
    // What was read last may have lain in the same place.
    read(own.bytes, own.start, own.end)
  }

  private owned(): Uint8Array {
    return this.readable.slice(this.#start, this.#end)
  }

  protected interfaceName(index: number): string | undefined {
    return this.#judge.interfaceName(index)
  }
}
