import { check, type OptionNames } from '@nfkit/netlink-transport'
import { nextTurn } from '@nfkit/netlink-transport/memory'
import { adopt, type Estate } from './handover/adoption.ts'
import type { Handover } from './handover/handover.ts'
import { type HandOverOptions, handOverTime } from './handover/leaving.ts'
import type { QueueStats } from './judging/counts.ts'
import type { Handler, RunOptions } from './judging/handler.ts'
import { InFlight, type InFlightTerms } from './judging/in-flight.ts'
import { PacketIterator, packetBatches } from './judging/iterator.ts'
import type { Observer } from './judging/observers.ts'
import { Life } from './life.ts'
import { Announcer } from './news/announcer.ts'
import { type BatchChanges, batchChanges } from './packet/changes.ts'
import type { Packet } from './packet/packet.ts'
import type { Verdict } from './packet/verdict.ts'
import { Configuration } from './settings/configuration.ts'
import type { QueueSettings, Settings } from './settings/settings.ts'
import type { Channel } from './socket/channel.ts'

const runOptions: OptionNames<RunOptions> = { concurrency: true }

/** @internal What `openQueue` decided. */
export interface Terms extends InFlightTerms {
  readonly signal: AbortSignal | undefined
}

/**
 * An open queue, made by `openQueue`. Take its packets with `run`, `for await`, or `batches`. Every packet gets exactly one
 * verdict: the handler's or, where that throws, rejects, forgets or is too slow, the one of `onUnjudged`.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 *
 * const queue = await openQueue(openMnl(), { number: 0 })
 * queue.on('unjudged', ({ packetId, reason }) => console.error(`packet ${packetId} had no verdict: ${reason}`))
 */
export class Queue extends Announcer implements AsyncIterable<Packet>, AsyncDisposable {
  /** Resolves when the queue is closed. */
  readonly closed: Promise<void>
  readonly #life: Life
  readonly #channel: Channel
  readonly #inFlight: InFlight
  readonly #configuration: Configuration
  #conntrack = false

  /** @internal */
  constructor(channel: Channel, terms: Terms) {
    const { number, settings, signal } = terms
    super(number)
    this.#channel = channel
    this.#inFlight = new InFlight(channel, terms, this.tell, () => this.close())
    const { overflow } = this.#inFlight
    this.#configuration = new Configuration(channel, number, settings, (changed) => overflow.adapt(changed))
    const ended = () => this.silence()
    this.#life = new Life({
      inFlight: this.#inFlight,
      configuration: this.#configuration,
      signal,
      tell: this.tell,
      ended,
    })
    this.closed = this.#life.closed
    channel.add(number, this.#inFlight)
  }

  /** @internal The kernel has acknowledged. Warnings are told once there can be a listener. */
  opened(conntrack: boolean, warnings: readonly string[]): void {
    this.#conntrack = conntrack
    this.#life.start()
    nextTurn(() => {
      for (const warning of warnings) this.tell('warning', warning)
    })
  }

  /** @internal A program before had bound the queue: go on where it stopped. */
  adopt(estate: Estate): void {
    adopt(this.#inFlight, estate)
  }

  /** Whether connections come with packets. */
  get conntrack(): boolean {
    return this.#conntrack
  }
  /** The settings in force. */
  get settings(): Settings {
    return this.#configuration.settings
  }

  /**
   * Call `handler` for every packet: the fast path. It may be async; `closed` resolves when it is over. Throws when the packets are
   * taken already.
   *
   * @example
   * await queue.run(async (packet) => {
   *   packet.accept({ mark: packet.ip?.version === 6 ? 6 : 4 })
   * })
   */
  run(handler: Handler, options: RunOptions = {}): Promise<void> {
    check.callable('run', handler)
    const { concurrency = 1_024 } = check.options('run', options, runOptions)
    check.whole('concurrency', concurrency, 1, Number.MAX_SAFE_INTEGER)
    this.#take()
    this.#inFlight.consumer.run(handler, concurrency)
    return this.closed
  }

  /** Packets one by one. Asking for the next one without having judged the last forgets it, unless it is held. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Packet> {
    return new PacketIterator({
      consumer: this.#inFlight.consumer,
      take: () => this.#take(),
      forget: this.#forget,
    })
  }

  /**
   * Packets as they come, up to `limit` at once. Asking for more forgets those that are neither judged nor held.
   *
   * @example
   * for await (const packets of queue.batches()) for (const packet of packets) packet.accept()
   */
  async *batches(limit = 64): AsyncGenerator<Packet[], void, undefined> {
    check.whole('limit', limit, 1, Number.MAX_SAFE_INTEGER)
    this.#take()
    yield* packetBatches(this.#inFlight.consumer, limit, this.#forget)
  }

  /**
   * One verdict for `last` and every earlier packet still pending, in a single message (NFQNL_MSG_VERDICT_BATCH). Mind the
   * packets other handlers still look at: they are judged too, and their own verdict then throws. Returns how many it judged: none
   * where the queue has judged `last` meanwhile.
   *
   * @example
   * for await (const packets of queue.batches()) {
   *   const last = packets.at(-1)
   *   if (last) queue.judgeThrough(last, 'accept')
   * }
   */
  judgeThrough(last: Packet, verdict: Verdict, changes: BatchChanges = {}): number {
    check.options('judgeThrough', changes, batchChanges)
    return this.#inFlight.judgeThrough(last, verdict, changes)
  }

  /**
   * Send the verdicts there are, instead of when this turn of the event loop ends, microtasks included, where all leave together: for who knows that no
   * other is to come, and has more to do. Nothing is sent while a burst is handed out. Never throws: what the socket refuses is sent later.
   */
  flush(): void {
    this.#channel.flushNow()
  }

  /**
   * Call `observer` for every packet of this queue when it is decided on, whoever decides and however the packets are taken: `run`, a
   * loop, `batches`, `judgeThrough`, a late answer, the deadline, closing. The packet has its verdict and can be read still; afterwards
   * its bytes go. A packet whose connmark a flow source sets is shown once that is done. What an observer throws is an uncaught error
   * of the program, and costs no packet its verdict. A message that cannot be decoded is no packet: see `unjudged`. Nothing is done
   * for a packet while nobody observes. Returns what ends it.
   *
   * @example
   * queue.observe(({ id, ip }, { verdict, unjudged }) => console.log(id, ip?.source, verdict, unjudged ?? 'decided'))
   */
  observe(observer: Observer): () => void {
    check.callable('observe', observer)
    return this.#inFlight.observers.add(observer)
  }

  /** Stop taking packets; the kernel queues them, and loses what exceeds its limits. */
  pause(): void {
    this.#inFlight.consumer.pause()
  }
  /** Go on after `pause`. */
  resume(): void {
    this.#inFlight.consumer.resume()
  }

  /**
   * Change settings; packets queued already are as they were. Calls take effect in their order, each over what the ones before it came to.
   * Rejects with `QueueError` when the kernel refuses, and nothing has changed, `NoAnswerError` when it answers nothing in five seconds,
   * `TypeError` or `RangeError` for what is no setting.
   */
  async configure(settings: QueueSettings): Promise<void> {
    this.#assertOpen()
    await this.#configuration.change(settings, this.#conntrack)
  }

  /** What has happened so far; cheap enough to poll. */
  stats(): QueueStats {
    return this.#inFlight.counts.snapshot(
      this.#inFlight.pending.size,
      this.#channel.socketDropped,
      this.#inFlight.overflow.dropped,
    )
  }

  /**
   * Judge what is pending by `onUnjudged`, unbind, and close the transport unless other queues use it. Never rejects, and takes a few
   * seconds at most; closing twice waits for the same end. `unjudged` tells packets the kernel drops while it unbinds.
   */
  close(): Promise<void> {
    return this.#life.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * End, and leave the queue bound for the program that has inherited its socket: stop reading, have judged what was read, give what takes
   * longer than `milliseconds` back to the kernel, which queues it again, and close this program's descriptor. Resolves with what the next
   * `openQueue` takes as `handover`. Queues that share a transport are handed over together: after the first call none of them reads. Without another
   * descriptor of the socket the kernel unbinds the queue, and drops what waits. Throws when the queue is closed.
   *
   * @example
   * process.once('SIGTERM', async () => {
   *   process.send?.(await queue.handOver())
   * })
   */
  handOver(options: HandOverOptions = {}): Promise<Handover> {
    const milliseconds = handOverTime(options)
    this.#assertOpen()
    return this.#life.handOver(milliseconds)
  }

  readonly #forget = (packet: Packet) => this.#inFlight.leave(packet, 'forgotten')

  #assertOpen(): void {
    if (this.#life.ends) throw new Error(`queue ${this.number} is closed`)
  }

  #take(): void {
    this.#assertOpen()
    if (!this.#inFlight.consumer.claim()) {
      throw new Error(`the packets of queue ${this.number} are taken already: by run(), batches() or a for await loop`)
    }
  }
}
