import { inspect } from '@nfkit/inet'
import { type IpPacket, parseIpWithin } from '@nfkit/ip-codec'
import { type Attr, u16 } from '@nfkit/netlink-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { type PacketLayout, packetLayoutOf, QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { PacketStateError, type UnjudgedReason } from '../errors.ts'
import type { Burst } from './burst.ts'
import type { VerdictChanges } from './changes.ts'
import { type PacketJson, packetJson } from './json.ts'
import { packetLine } from './line.ts'
import { type Memory, Own } from './memory.ts'
import { isSmall, pieceToKeep } from './pieces.ts'
import { flag, moved, type Settled, stateName, step } from './state.ts'
import type { Verdict } from './verdict.ts'
import { QueuedPacketView } from './view.ts'

/** What a packet needs of its queue. */
export interface Judge {
  judge(packet: Packet, verdict: Verdict, changes: VerdictChanges | undefined): void
  judgeAcknowledged(packet: Packet, verdict: Verdict, changes: VerdictChanges | undefined): Promise<void>
  interfaceName(index: number): string | undefined
}

// V8 looks up what is imported at each call.
const layoutOf = packetLayoutOf

/**
 * A packet the kernel waits to have judged. Getters read the kernel's bytes when called, until the verdict: then the memory goes
 * back to the transport, and reading throws `PacketStateError`. `copy()` keeps a packet, `hold()` postpones its verdict and gives it
 * memory of its own.
 *
 * A view (`payload`, `ip`, `flow`, `l2hdr`, `message`) taken before the program's own verdict shows other packets' bytes afterwards: `slice()` or
 * `copy()` what must be kept. Where the queue judges a packet that was handed out (its deadline, closing, `judgeThrough`), views
 * stay as they are, for the handler may still look at them.
 *
 * Exactly one verdict: a second one throws `PacketStateError` and does nothing. One that comes after the queue's own does nothing
 * either, and becomes the event `lateVerdict`.
 */
export class Packet extends QueuedPacketView {
  // What a verdict looks at comes first: of a packet that has waited long no field is in the processor's cache.
  readonly #judge: Judge
  // Gone with the verdict: a program that still holds the packet does not hold the memory.
  #memory: Memory | undefined
  /** What was read of it last: its headers, which have the payload, or that alone. */
  #seen: IpPacket | Uint8Array | undefined
  /** A `step`, and bits of `flag`. */
  #state: number = step.pending
  // With a sign: V8 boxes a number from 2³¹ on, and where it compiles the constructor into what calls it, it keeps room for the box beside every packet.
  readonly #id: number
  /** @internal Neighbours among the packets that wait for a verdict; `Deadlines` keeps them. */
  earlier: Packet | undefined = undefined
  /** @internal */
  later: Packet | undefined = undefined
  readonly #burst: Burst
  #start: number
  #end: number
  /** Where its values are from the start on, wherever that is. */
  readonly #layout: PacketLayout
  protected joined: Flow | undefined

  /** Packets are made by a `Queue`. */
  constructor(judge: Judge, burst: Burst, layout: PacketLayout, memory: Memory, start: number, end: number) {
    super()
    this.#judge = judge
    this.#burst = burst
    this.#memory = memory
    this.#start = start
    this.#end = end
    this.#layout = layout
    this.#id = layout.id(memory.bytes, start) | 0
  }

  /** @internal The packet whose message lies in `memory.bytes[start, end)`. Throws `DecodeError` when that makes no sense. */
  static of(judge: Judge, burst: Burst, memory: Memory, start: number, end: number): Packet {
    return new Packet(judge, burst, layoutOf(memory.bytes, start, end), memory, start, end)
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
    if (this.leftFor !== undefined || this.isHeld) return this
    const left = this.#memory instanceof Own ? undefined : this.move()
    this.#seen = undefined
    this.#state |= flag.held
    left?.letGo()
    return this
  }

  /** The kernel's handle within the queue; counts up and wraps at 2³². */
  get id(): number {
    return this.#id >>> 0
  }
  /** @internal What it has in common with the packets that were read with it. */
  get burst(): Burst {
    return this.#burst
  }
  /** When its burst was read, on the clock of `performance.now()`: the deadline counts from here. */
  get arrivedAt(): number {
    return this.#burst.arrivedAt
  }
  /** Whether it has had its verdict, from the program or the queue. */
  get judged(): boolean {
    return this.#state >= step.judged
  }
  /** The message underneath, for attributes without a getter. */
  override get message(): QueuedPacket {
    return new QueuedPacket(this.readable, this.#start, this.#end, this.#layout)
  }
  // Without a message: what nearly every handler looks at.
  override get mark(): number {
    return this.#layout.mark(this.readable, this.#start)
  }
  override get hwProtocol(): number {
    return this.#layout.hwProtocol(this.readable, this.#start)
  }
  override get indev(): number | undefined {
    return this.#layout.indev(this.readable, this.#start)
  }
  override get outdev(): number | undefined {
    return this.#layout.outdev(this.readable, this.#start)
  }
  /**
   * From the network header on, cut to the copy range; `undefined` when nothing was copied. A view of the message's bytes: the same one until the handler returns
   * its promise, and one more after that.
   */
  override get payload(): Uint8Array | undefined {
    const seen = this.#seen
    if (seen !== undefined) return seen instanceof Uint8Array ? seen : seen.bytes
    const payload = this.#layout.payload(this.readable, this.#start, this.#end)
    this.#seen = payload
    return payload
  }
  /** The payload's headers, read lazily; `undefined` when it is neither IPv4 nor IPv6. The same object as long as `payload` is. */
  override get ip(): IpPacket | undefined {
    const seen = this.#seen
    if (seen !== undefined && !(seen instanceof Uint8Array)) return seen
    const ip = seen === undefined ? this.parseInPlace() : this.parse(seen)
    if (ip !== undefined) this.#seen = ip
    return ip
  }
  /** A packet with bytes of its own, readable for ever, which takes no verdict. */
  copy(): Packet {
    const own = Own.of(this.readable, this.#start, this.#end)
    const copy = new Packet(this.#judge, this.#burst, this.#layout, own, 0, own.bytes.length)
    copy.#state = step.copy
    copy.joined = this.joined
    return copy
  }

  /** Names where there are names, bytes in hexadecimal, 64-bit numbers as decimal text; absent left out. */
  toJSON(): PacketJson {
    return packetJson(this)
  }
  /** One line for people: `#7 queue 0 input in eth0 10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 60 bytes`; after the verdict the id alone. */
  override toString(): string {
    return `#${this.id} ${this.#memory ? packetLine(this) : 'judged, its bytes were given back'}`
  }
  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }

  /** @internal Whether its bytes are to stay as they are, also after its verdict. */
  get isHeld(): boolean {
    return (this.#state & flag.held) !== 0
  }
  /** @internal Whether the program has said nothing about the packet: neither a verdict nor that one comes later. */
  get forgotten(): boolean {
    return (this.#state & ~flag.handedOut & ~flag.inHandler) === step.pending
  }
  /**
   * @internal Why the queue has judged it, or `undefined` when a verdict may be given. Throws where the program has given one, and for
   * a copy.
   */
  get leftFor(): UnjudgedReason | undefined {
    return this.#state < step.copy ? undefined : reasonOf(this.id, this.#state)
  }
  /** @internal The program sees it from now on: it may take views. */
  handOut(): void {
    this.#state |= flag.handedOut
  }
  /** @internal True while an async handler runs and counts towards `concurrency`. */
  get inHandler(): boolean {
    return (this.#state & flag.inHandler) !== 0
  }
  /** @internal The handler waits. What it has read so far is made anew when it asks again: of thousands that wait each would keep its views. */
  enterHandler(): void {
    this.#state |= flag.inHandler
    this.#seen = undefined
  }
  /** @internal */
  leaveHandler(): void {
    this.#state &= ~flag.inHandler
  }
  /** @internal Its connection, from elsewhere than the message. */
  join(flow: Flow): void {
    this.joined = flow
  }
  /** @internal The verdict is decided: there will be no other. */
  settle(by: Settled): void {
    this.#state = moved(this.#state, by)
  }
  /** @internal The bytes go back to the transport, unless the handler may still look at `views` of them. Once is enough. */
  letGo(views = false): void {
    const memory = this.#memory
    if (this.isHeld || memory === undefined) return
    this.#memory = undefined
    this.#seen = undefined
    if (views && this.#state & flag.handedOut) memory.abandon()
    else memory.letGo()
  }

  protected override attribute<T>(row: Attr<T>): T | undefined {
    return this.#layout.get(row, this.readable, this.#start, this.#end)
  }

  protected override get copied(): number {
    return this.#layout.payloadLength(this.readable, this.#start, this.#end)
  }

  // Where the message lies: a view of the payload would be one object more.
  private parseInPlace(): IpPacket | undefined {
    const bytes = this.readable
    const at = this.#layout.payloadAt(bytes, this.#start, this.#end)
    return at < 0 ? undefined : parseIpWithin(bytes, at + 4, at + u16(bytes, at))
  }

  // Not `#`: a private method or getter is one more field of each packet.
  private get readable(): Uint8Array {
    return (this.#memory ?? released(this)).bytes
  }

  /** Out of its burst, all of whose memory it would keep, or of a piece that is used again. Returns what it lay in, to be let go of. */
  private move(): Memory {
    const memory = this.#memory ?? released(this)
    const [start, end] = [this.#start, this.#end]
    const length = end - start
    const own = isSmall(length) ? pieceToKeep(length) : Own.ifPossible(memory.bytes, start, end)
    if (own === undefined) throw new RangeError(`packet ${this.id}: there is no memory to hold it in`)
    this.#start = own instanceof Own ? 0 : own.put(memory, start, end)
    this.#end = this.#start + length
    this.#memory = own
    return memory
  }

  protected interfaceName(index: number): string | undefined {
    return this.#judge.interfaceName(index)
  }
}

// Apart from the getters, to keep them short: V8 inlines as much of a verdict as its rules allow, and no more.
function released({ id }: Packet): never {
  throw new PacketStateError(id, 'released')
}
function reasonOf(id: number, state: number): UnjudgedReason {
  const name = stateName(state)
  if (name === 'judged' || name === 'copy') throw new PacketStateError(id, name)
  return name
}
