import type { Tuple } from '@nfkit/inet'
import type { Fate } from '../fate.ts'
import type { HoldPredicate } from '../hold/heard.ts'
import { Hold } from '../hold/hold.ts'
import { type HoldLimits, limitsWith } from '../hold/limits.ts'
import type { ConnectionVerdict, HoldOutcome } from '../hold/verdict.ts'
import { tupleOf } from '../segment/key.ts'
import type { Segment } from '../segment/segment.ts'
import type { Synchronization } from '../segment/synchronization.ts'
import type { StreamEnd } from '../stream/end.ts'
import type { Stream } from '../stream/stream.ts'
import { haveClocks, unacceptable } from './acceptable.ts'
import { End } from './end.ts'
import { open, resets, type Successor, successorOf } from './handshake.ts'
import type { Surroundings } from './surroundings.ts'

/** The two ends of a connection. */
export type Side = 'client' | 'server'

/**
 * A stage of a connection: `opening` until the client has answered the server, then `open`, or `keeping` while bytes of it are kept;
 * `oneSided` in place of both while no packet of the other end was seen, which anybody can bring about with one forged packet; `over` after
 * a reset or both ends' FIN.
 */
export type Stage = 'over' | 'opening' | 'oneSided' | 'open' | 'keeping'

/** Which end is held, and how much of it. What is not given is as the tracker's options have it. */
export interface HoldOptions extends Partial<HoldLimits> {
  /** `client` by default. */
  readonly side?: Side | undefined
}

/**
 * A TCP connection as its hosts see it, made by a `Tracker`. The end whose SYN came first is the client; of a connection that was there
 * before the tracker, the end whose data came first.
 */
export class TcpConnection {
  /** Whether its beginning was not seen: positions count from the first packets that were. */
  readonly midstream: boolean
  /** What has been decided for all its packets; `undefined` while it is followed. */
  verdict: ConnectionVerdict | undefined
  /** @internal */
  readonly key: string
  /** @internal The stage its tracker has it at, and its place among others there; `undefined` where the tracker has forgotten it. */
  stage: Stage | undefined
  /** @internal */
  touchedAt = 0
  /** @internal */
  older: TcpConnection | undefined
  /** @internal */
  newer: TcpConnection | undefined
  /** @internal Whether the program was asked about it. */
  isOpen = false
  /** @internal Whether it is over: a SYN opens another one in its place. */
  isOver = false
  /** @internal What code of the program has thrown. */
  failure: unknown
  readonly #clientIsLower: boolean
  readonly #surroundings: Surroundings
  readonly #losses: number
  readonly #client: End
  readonly #server: End

  /** @internal */
  constructor(key: string, clientIsLower: boolean, surroundings: Surroundings, opening: Synchronization | undefined) {
    this.key = key
    this.midstream = opening === undefined
    this.#clientIsLower = clientIsLower
    this.#surroundings = surroundings
    this.#losses = surroundings.losses
    this.#client = new End(surroundings)
    this.#server = new End(surroundings)
    if (opening !== undefined) this.#client.open(opening)
  }

  /** The client's tuple, as the packets have it here. */
  get tuple(): Tuple {
    return tupleOf(this.key, this.#clientIsLower)
  }

  /** What the client says. */
  get client(): Stream {
    return this.#client.stream
  }

  /** What the server says. */
  get server(): Stream {
    return this.#server.stream
  }

  /** The client's next `count` bytes, which stay to be read. Rejects as `Stream.peek` does. */
  peek(count: number): Promise<Uint8Array> {
    return this.client.peek(count)
  }

  /**
   * Keep the packets that bring bytes of one end until `predicate` has heard enough, then give all of them one verdict. `drop` and
   * `unjudged` are the verdict of all later packets, too; after `accept` the connection is followed on. Where a limit is reached, all
   * packets are left to the queue: it judges them by its `onUnjudged`. Where a listener or rewriter calls it, the packets of the chunk it is told
   * are kept, too. Throws `Error` where that end is held already, or the
   * connection has its verdict; `TypeError` or `RangeError` for an option that cannot be.
   *
   * @example
   * import { Tracker } from '@nfkit/streams'
   *
   * const tracker = new Tracker({
   *   judge: (connection) =>
   *     connection.holdUntil(({ bytes }) => (bytes.length < 4 ? undefined : bytes[0] === 0x47 ? 'accept' : 'drop')),
   * })
   */
  holdUntil(predicate: HoldPredicate, options: HoldOptions = {}): Promise<HoldOutcome> {
    const { side = 'client', ...limits } = options
    const end = side === 'client' ? this.#client : this.#server
    if (side !== 'client' && side !== 'server') throw new RangeError(`side: ${String(side)} is none of client, server`)
    if (this.verdict !== undefined) throw new Error(`the connection has its verdict: ${this.verdict}`)
    if (end.hold !== undefined) throw new Error(`the ${side} is held already: one hold of it at a time`)
    const { clock, share, holds, hold: usual } = this.#surroundings
    const over = ({ verdict, reason }: HoldOutcome, error?: unknown) => {
      holds[reason]++
      end.hold = undefined
      this.failure ??= error
      if (verdict !== 'accept') this.settle(verdict, verdict === 'drop' ? 'judged' : 'unjudged')
    }
    end.hold = new Hold(end.beginning, predicate, limitsWith(usual, limits), { clock, share, over })
    return end.hold.outcome
  }

  /** @internal The stage it is at. */
  get due(): Stage {
    if (this.isOver) return 'over'
    if (!this.isOpen) return 'opening'
    if (!this.#client.seen || !this.#server.seen) return 'oneSided'
    return this.#client.kept + this.#server.kept > 0 ? 'keeping' : 'open'
  }

  /** @internal What code of the program has thrown, once. */
  takeFailure(): unknown {
    const failure = this.failure ?? this.#client.failure ?? this.#server.failure
    if (failure === undefined) return undefined
    this.failure = undefined
    this.#client.failure = undefined
    this.#server.failure = undefined
    return failure
  }

  /** @internal The end a segment comes from, and the other. */
  endsOf(fromLower: boolean): readonly [from: End, to: End] {
    return fromLower === this.#clientIsLower ? [this.#client, this.#server] : [this.#server, this.#client]
  }

  /** @internal The SYN of the connection that takes this one's place by a segment. */
  successor(segment: Segment, fromLower: boolean): Successor | undefined {
    const [from, to] = this.endsOf(fromLower)
    return successorOf(segment, from, to, this.isOver, this.#surroundings.synData)
  }

  /** @internal Why a host would not look at the data of a segment, or what it does instead. `undefined` when it looks. */
  screen(segment: Segment, from: End, to: End): Fate | undefined {
    from.seen = true
    if (segment.rst) return this.#reset(resets(segment, from, to))
    if (segment.syn) return open(segment, from, to, this.isOpen, this.#surroundings.synData)
    if (this.isOver && from.direction?.end === undefined) return segment.size > 0 ? 'afterEnd' : 'empty'
    const tolerant = this.midstream || this.#losses !== this.#surroundings.losses
    return unacceptable(segment, from, to, tolerant)
  }

  /** @internal Read a segment that passed the screen: its fate, or the data that must go on in place of its own. */
  read(segment: Segment, from: End, to: End): Fate | Uint8Array {
    const direction = from.direction ?? from.begin(segment.sequence)
    if (to.direction === undefined && from.syn !== undefined) to.begin(segment.acknowledgment)
    this.#client.readOpening()
    const position = direction.positionOf(segment.sequence)
    if (from.edits?.isFull && segment.size > 0 && position + segment.size > direction.next) return 'unsettled'
    const tells = haveClocks(from, to) && position <= direction.next
    const isOld = to.edits === undefined && from.repeatsAnswer(segment.acknowledgment, segment.window)
    const fate = direction.take(segment)
    const isRead = fate instanceof Uint8Array || fate === 'read' || fate === 'repeated' || fate === 'empty'
    if (isRead && tells) from.tellTime(segment.timestamp)
    if (isRead && to.seen && !isOld) to.acknowledge(segment, from)
    if (direction.end !== undefined && to.direction?.end !== undefined) this.isOver = true
    return fate
  }

  /** @internal The verdict of all its packets from here on, and of those that are held. */
  settle(verdict: ConnectionVerdict, end: StreamEnd): void {
    if (this.verdict !== undefined) return
    const ends = [this.#client, this.#server]
    for (const one of ends) one.finish(end)
    const isEdited = ends.some(({ edits }) => edits !== undefined)
    // Numbers of later packets have to be translated on.
    if (verdict !== 'accept' || !isEdited) this.verdict = verdict
    for (const one of ends) {
      one.hold?.end(verdict, 'over')
      if (this.verdict !== undefined) one.close(verdict)
    }
  }

  #reset(ends: boolean): Fate {
    if (!ends) return 'challenged'
    this.isOver = true
    this.#client.finish('reset')
    this.#server.finish('reset')
    return 'reset'
  }
}
