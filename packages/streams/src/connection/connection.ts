import type { Tuple } from '@nfkit/inet'
import type { Fate } from '../fate.ts'
import { Hold, type HoldLimits } from '../hold/hold.ts'
import type { HoldPredicate } from '../hold/heard.ts'
import type { ConnectionVerdict, HoldOutcome } from '../hold/verdict.ts'
import { tupleOf } from '../segment/key.ts'
import type { Segment } from '../segment/segment.ts'
import { type Synchronization, synchronizationOf } from '../segment/synchronization.ts'
import type { StreamEnd } from '../stream/end.ts'
import type { Stream } from '../stream/stream.ts'
import { type Agreement, unacceptable } from './acceptable.ts'
import { End } from './end.ts'
import type { Surroundings } from './surroundings.ts'

/** The two ends of a connection. */
export type Side = 'client' | 'server'

/** Which end is held, and how much of it. */
export interface HoldOptions extends Partial<HoldLimits> {
  /** `client` by default. */
  readonly side?: Side | undefined
}

/**
 * A TCP connection as its hosts see it, made by a `Tracker`. The end whose SYN came first is the client; of a connection that was there
 * before the tracker, the end whose packet came first.
 */
export class Connection {
  /** Whether its beginning was not seen: positions count from the first packets that were. */
  readonly midstream: boolean
  /** What has been decided for all its packets; `undefined` while it is followed. */
  verdict: ConnectionVerdict | undefined
  /** @internal */ readonly key: string
  /** @internal */ readonly clientIsLower: boolean
  /** @internal Whether the program was told of it. */
  isOpen = false
  /** @internal Whether it is over: a SYN opens another one in its place. */
  isOver = false
  /** @internal What code of the program has thrown. */
  failure: unknown
  readonly #surroundings: Surroundings
  readonly #losses: number
  readonly #client: End
  readonly #server: End

  /** @internal */
  constructor(key: string, clientIsLower: boolean, surroundings: Surroundings, opening: Synchronization | undefined) {
    this.key = key
    this.clientIsLower = clientIsLower
    this.midstream = opening === undefined
    this.#surroundings = surroundings
    this.#losses = surroundings.losses
    this.#client = new End(surroundings)
    this.#server = new End(surroundings)
    if (opening !== undefined) this.#begin(this.#client, opening)
  }

  /** The client's tuple, as the packets have it here. */
  get tuple(): Tuple {
    return tupleOf(this.key, this.clientIsLower)
  }

  /** What the client says. */
  get client(): Stream {
    return this.#client.stream
  }

  /** What the server says. */
  get server(): Stream {
    return this.#server.stream
  }

  /** The client's next `count` bytes, which stay to be read: see `Stream.peek`. */
  peek(count: number): Promise<Uint8Array> {
    return this.client.peek(count)
  }

  /**
   * Keep the packets that bring bytes of one end until `predicate` has heard enough, then give all of them one verdict. `drop` and
   * `unjudged` are the verdict of all later packets, too; after `accept` the connection is followed on. Where a limit is reached, all
   * packets are left to the queue: it judges them by its `onUnjudged`. Throws `Error` where that end is held already, or the
   * connection has its verdict.
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
    if (this.verdict !== undefined) throw new Error(`the connection has its verdict: ${this.verdict}`)
    if (end.hold !== undefined) throw new Error(`the ${side} is held already: one hold of it at a time`)
    const { clock, share, holds, hold: usual } = this.#surroundings
    const hold = new Hold(end.direction?.next ?? 0, predicate, { ...usual, ...limits }, {
      clock,
      share,
      over: ({ verdict, reason }, error) => {
        holds[reason]++
        end.hold = undefined
        this.failure ??= error
        if (verdict !== 'accept') this.settle(verdict, verdict === 'drop' ? 'judged' : 'unjudged')
      },
    })
    end.hold = hold
    return hold.outcome
  }

  /** @internal What code of the program has thrown, once. */
  takeFailure(): unknown {
    const failure = this.failure ?? this.#client.failure ?? this.#server.failure
    this.failure = undefined
    this.#client.failure = undefined
    this.#server.failure = undefined
    return failure
  }

  /** @internal The end a segment comes from, and the other. */
  endsOf(fromLower: boolean): readonly [from: End, to: End] {
    return fromLower === this.clientIsLower ? [this.#client, this.#server] : [this.#server, this.#client]
  }

  /** @internal Why a host would not look at the data of a segment, or what it does instead. `undefined` when it looks. */
  screen(segment: Segment, from: End, to: End): Fate | undefined {
    from.seen = true
    if (segment.rst) return this.#reset(segment, from, to)
    if (segment.syn) return this.#open(segment, from, to)
    if (this.isOver && from.direction?.end === undefined) return segment.size > 0 ? 'afterEnd' : 'empty'
    return unacceptable(segment, from, to, this.#agreement)
  }

  /** @internal Read a segment that passed the screen. */
  read(segment: Segment, from: End, to: End): Fate | Uint8Array {
    const direction = from.direction ?? from.begin(segment.sequence)
    if (to.direction === undefined && from.syn !== undefined) to.begin(segment.acknowledgment)
    this.#client.readEarly()
    const fate = direction.take(segment)
    const isRead = fate instanceof Uint8Array || fate === 'read' || fate === 'repeated' || fate === 'empty'
    if (isRead && to.direction !== undefined && to.seen) this.#acknowledge(segment, from, to)
    if (from.direction?.end !== undefined && to.direction?.end !== undefined) this.isOver = true
    return fate
  }

  /**
   * @internal The SYN of the connection that takes this one's place by a segment. A SYN with another number opens one where this one is
   * over; else the answer to it says so or, where no answers come by here, the first segment with its numbers.
   */
  successor(segment: Segment, from: End, to: End): { readonly opening: Synchronization; readonly client: End } | undefined {
    if (segment.rst || segment.fin) return undefined
    if (segment.syn && !segment.ack) {
      if (from.direction?.origin === (segment.sequence + 1) >>> 0 && !this.isOver) return undefined
      const opening = synchronizationOf(segment)
      if (this.isOver) return { opening, client: from }
      if (from.direction !== undefined) from.candidate = opening
      return undefined
    }
    if (segment.syn) return to.candidate?.origin === segment.acknowledgment ? { opening: to.candidate, client: to } : undefined
    const unanswered = !to.seen && from.candidate?.origin === segment.sequence
    return unanswered && from.candidate !== undefined ? { opening: from.candidate, client: from } : undefined
  }

  /** @internal The verdict of all its packets from here on, and of those that are held. */
  settle(verdict: ConnectionVerdict, end: StreamEnd): void {
    if (this.verdict !== undefined) return
    for (const one of [this.#client, this.#server]) one.finish(end)
    const isEdited = this.#client.edits !== undefined || this.#server.edits !== undefined
    // Numbers of later packets have to be translated.
    if (verdict === 'accept' && isEdited) return
    this.verdict = verdict
    for (const one of [this.#client, this.#server]) {
      one.hold?.end(verdict, 'over')
      one.close(verdict)
    }
  }

  get #agreement(): Agreement {
    const [client, server] = [this.#client.syn, this.#server.syn]
    return {
      timestamps: client?.timestamps === true && server?.timestamps === true,
      tolerant: this.midstream || this.#losses !== this.#surroundings.losses,
    }
  }

  #begin(end: End, opening: Synchronization): void {
    end.seen = true
    end.syn = opening
    end.largestWindow = opening.window
    const direction = end.begin(opening.origin)
    if (this.#surroundings.synData === 'wait') direction.sent = opening.data?.length ?? 0
  }

  #open(segment: Segment, from: End, to: End): Fate {
    if (segment.fin) return 'challenged'
    const isRepeated = from.direction?.origin === (segment.sequence + 1) >>> 0 && !this.isOpen
    if (isRepeated) return this.#opened(segment)
    if (from.direction !== undefined) return 'challenged'
    const acknowledged = segment.ack && to.direction !== undefined ? to.acknowledgedBy(segment) : 0
    if (acknowledged < 0 || acknowledged > (to.direction?.sent ?? 0)) return 'challenged'
    this.#begin(from, synchronizationOf(segment))
    to.early = to.syn?.data?.subarray(0, acknowledged)
    if (segment.ack) to.direction?.acknowledge(0, segment.window)
    return this.#opened(segment)
  }

  #opened(segment: Segment): Fate {
    return segment.size > 0 && this.#surroundings.synData === 'strip' ? 'stripped' : 'opening'
  }

  #reset(segment: Segment, from: End, to: End): Fate {
    if (!this.#resets(segment, from, to)) return 'challenged'
    this.isOver = true
    for (const one of [from, to]) one.finish('reset')
    return 'reset'
  }

  /** A host is reset by the very number it expects, and one that has sent a SYN by an answer to that (RFC 5961, 3.2). */
  #resets(segment: Segment, from: End, to: End): boolean {
    if (from.direction !== undefined) return from.direction.positionOf(segment.sequence) === from.direction.next
    return segment.ack && to.direction !== undefined && to.direction.origin === segment.acknowledgment
  }

  #acknowledge(segment: Segment, from: End, to: End): void {
    const window = segment.window * 2 ** from.scaleWith(to)
    if (window > from.largestWindow) from.largestWindow = window
    to.acknowledge(to.acknowledgedBy(segment), segment.acknowledgment, window)
  }
}
