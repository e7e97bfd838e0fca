import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { NetlinkError } from '@nfkit/netlink-transport'
import type { BatchChanges } from './changes.ts'
import type { Channel } from './channel.ts'
import type { QueueStats } from './counts.ts'
import { Docket, type DocketTerms, type Tell } from './docket.ts'
import { QueueError } from './errors.ts'
import type { QueueEvents } from './events.ts'
import type { Handler } from './intake.ts'
import type { Packet } from './packet.ts'
import { PacketIterator } from './packet-iterator.ts'
import { QueueDrops } from './queue-drops.ts'
import { commandMessage, merge, type QueueSettings, type Settings, settingsMessage, whole } from './settings.ts'
import type { Verdict } from './verdict.ts'

/** How long the last words with the kernel may take. */
const closingMilliseconds = 1_000
/** How often the kernel's table of queues is looked at for packets a full queue has lost. */
const watchMilliseconds = 1_000

export interface RunOptions {
  /** Handlers whose promise may be open at once; 1,024 by default. More packets wait, and then the kernel queues them. */
  readonly concurrency?: number | undefined
}

/** @internal What `openQueue` decided. */
export interface Terms extends DocketTerms {
  readonly settings: Settings
  readonly queueTable: (() => string) | undefined
}

/**
 * An open queue, made by `openQueue`. Take its packets with `run`, `for await`, or `batches`. Every packet gets exactly one
 * verdict: the handler's or, where that throws, rejects, forgets or is too slow, the one of `onUnjudged`.
 */
export class Queue implements AsyncIterable<Packet>, AsyncDisposable {
  /** 0 to 65535. */
  readonly number: number
  /** Resolves when the queue is closed. */
  readonly closed: Promise<void>
  readonly #channel: Channel
  readonly #docket: Docket
  readonly #events = new EventEmitter<QueueEvents>()
  #settings: Settings
  readonly #drops: QueueDrops
  #watch: NodeJS.Timeout | undefined
  #conntrack = false
  #closing: Promise<void> | undefined
  #isClosed!: () => void

  /** @internal */
  constructor(channel: Channel, terms: Terms) {
    const { number, settings } = terms
    this.number = number
    this.#channel = channel
    this.#settings = settings
    this.#docket = new Docket(channel, terms, this.#tell)
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve
    })
    channel.add(number, this.#docket)
    this.#drops = new QueueDrops(number, channel.portId, terms.queueTable)
  }

  /** @internal The kernel has acknowledged. Warnings are told once there can be a listener. */
  opened(conntrack: boolean, warnings: readonly string[]): void {
    this.#conntrack = conntrack
    this.#watch = setInterval(() => this.#tellDrops(), watchMilliseconds).unref()
    setImmediate(() => {
      for (const warning of warnings) this.#tell('warning', warning)
    })
  }

  /** Whether connections come with packets. */
  get conntrack(): boolean {
    return this.#conntrack
  }
  /** The settings in force. */
  get settings(): Settings {
    return this.#settings
  }

  /**
   * Call `handler` for every packet: the fast path. It may be async; `closed` resolves when it is over. Throws when the packets are
   * taken already.
   */
  run(handler: Handler, options: RunOptions = {}): Promise<void> {
    const { concurrency = 1_024 } = options
    whole('concurrency', concurrency, 1, Number.MAX_SAFE_INTEGER)
    this.#take()
    this.#docket.intake.run(handler, concurrency)
    return this.closed
  }

  /** Packets one by one. Asking for the next one without having judged the last forgets it, unless it is held. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Packet> {
    return new PacketIterator({
      intake: this.#docket.intake,
      take: () => this.#take(),
      forget: (packet) => this.#docket.leave(packet, 'forgotten'),
    })
  }

  /** Packets as they come, up to `limit` at once. Asking for more forgets those that are neither judged nor held. */
  async *batches(limit = 64): AsyncGenerator<Packet[], void, undefined> {
    whole('limit', limit, 1, Number.MAX_SAFE_INTEGER)
    this.#take()
    const { intake } = this.#docket
    try {
      for (let batch = await intake.take(limit); batch; batch = await intake.take(limit)) {
        try {
          yield batch
        } finally {
          for (const packet of batch) if (packet.forgotten) this.#docket.leave(packet, 'forgotten')
        }
      }
    } finally {
      intake.release()
    }
  }

  /**
   * One verdict for `last` and every earlier packet still pending, in a single message (NFQNL_MSG_VERDICT_BATCH). Mind the
   * packets other handlers still look at: they are judged too, and their own verdict then throws. Returns how many it judged.
   */
  judgeThrough(last: Packet, verdict: Verdict, changes: BatchChanges = {}): number {
    return this.#docket.judgeThrough(last, verdict, changes)
  }

  /** Stop taking packets; the kernel queues them, and loses what exceeds its limits. */
  pause(): void {
    this.#docket.intake.pause()
  }
  resume(): void {
    this.#docket.intake.resume()
  }

  /** Change settings; packets queued already are as they were. Rejects with `QueueError`, or `RangeError`. */
  async configure(settings: QueueSettings): Promise<void> {
    const merged = merge(this.#settings, settings)
    try {
      await this.#channel.request(settingsMessage(this.number, merged, this.#conntrack, false))
    } catch (error) {
      throw error instanceof NetlinkError ? new QueueError(this.number, 'option', error) : error
    }
    this.#settings = merged
  }

  /** What has happened so far; cheap enough to poll. */
  stats(): QueueStats {
    return this.#docket.counts.snapshot(this.#docket.pending, this.#channel.socketDropped, this.#drops.total)
  }

  on<K extends keyof QueueEvents>(event: K, listener: (...what: QueueEvents[K]) => void): this {
    this.#events.on(event, listener as never)
    return this
  }
  off<K extends keyof QueueEvents>(event: K, listener: (...what: QueueEvents[K]) => void): this {
    this.#events.off(event, listener as never)
    return this
  }

  /**
   * Judge what is pending by `onUnjudged`, unbind, and close the transport unless other queues use it. Never hangs and never
   * rejects; closing twice waits for the same end.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    clearInterval(this.#watch)
    this.#tellDrops()
    const options = { timeoutMilliseconds: closingMilliseconds }
    await Promise.race([this.#docket.close(), sleep(closingMilliseconds, undefined, { ref: false })])
    try {
      // Its answer comes behind every packet queued before, and those are judged on the way.
      await this.#channel.request(commandMessage(this.number, 'pfBind'), options)
      await this.#channel.request(commandMessage(this.number, 'unbind'), options)
    } catch (error) {
      this.#tell('trouble', error as Error)
    }
    this.#channel.remove(this.number)
    this.#isClosed()
  }

  #tellDrops(): void {
    const packets = this.#drops.take()
    if (packets > 0) this.#tell('lost', { packets, where: 'queue' })
  }

  #take(): void {
    if (this.#closing) throw new Error(`queue ${this.number} is closed`)
    if (!this.#docket.intake.claim()) {
      throw new Error(`the packets of queue ${this.number} are taken already: by run(), batches() or a for await loop`)
    }
  }

  // A listener that throws must not cost other packets their verdict: it fails on its own.
  readonly #tell: Tell = (event, ...what) => {
    try {
      ;(this.#events.emit as (event: string, ...what: unknown[]) => boolean).call(this.#events, event, ...what)
    } catch (error) {
      process.nextTick(() => {
        throw error
      })
    }
  }
}
