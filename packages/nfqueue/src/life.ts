import { shut } from './closing.ts'
import type { Tell } from './events.ts'
import type { Handover } from './handover/handover.ts'
import { leave } from './handover/leaving.ts'
import type { InFlight } from './judging/in-flight.ts'
import { idle } from './platform.ts'
import type { Configuration } from './settings/configuration.ts'

/** How often the kernel's table of queues is looked at for what a full queue has dropped, or let past. */
const watchMilliseconds = 1_000

/** What lives and ends with a queue. */
export interface LifeTerms {
  readonly inFlight: InFlight
  readonly configuration: Configuration
  readonly signal: AbortSignal | undefined
  readonly tell: Tell
  /** Nothing follows. */
  readonly ended: () => void
}

/** A queue from its opening to its end, which comes once: it is closed, or handed over to another program. */
export class Life {
  /** Resolves when it is over. */
  readonly closed: Promise<void>
  readonly #terms: LifeTerms
  readonly #abort = () => void this.close()
  #watch: NodeJS.Timeout | undefined
  #ending: Promise<void> | undefined
  #isClosed!: () => void

  constructor(terms: LifeTerms) {
    this.#terms = terms
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve
    })
  }

  start(): void {
    this.#watch = idle(setInterval(() => this.#look(), watchMilliseconds))
    this.#terms.signal?.addEventListener('abort', this.#abort, { once: true })
  }

  /** Whether it ends, or has ended. */
  get ends(): boolean {
    return this.#ending !== undefined
  }

  /** See `Queue.close`. */
  close(): Promise<void> {
    this.#ending ??= this.#close()
    return this.#ending
  }

  /** See `Queue.handOver`. Not to be called when it ends. */
  handOver(milliseconds: number): Promise<Handover> {
    const handed = this.#handOver(milliseconds)
    this.#ending = handed.then(() => {})
    return handed
  }

  async #close(): Promise<void> {
    const { inFlight, tell } = this.#terms
    this.#stop()
    await shut(inFlight.number, inFlight.channel, inFlight, tell)
    this.#end()
  }

  async #handOver(milliseconds: number): Promise<Handover> {
    const { inFlight, configuration } = this.#terms
    this.#stop()
    // The answers to changes that are under way are ours.
    await configuration.settled
    const handover = await leave(inFlight.channel, inFlight, milliseconds)
    this.#end()
    return handover
  }

  #look(): void {
    const { overflow, channel } = this.#terms.inFlight
    overflow.look()
    channel.look()
  }

  #stop(): void {
    clearInterval(this.#watch)
    this.#terms.signal?.removeEventListener('abort', this.#abort)
  }

  #end(): void {
    this.#terms.ended()
    this.#isClosed()
  }
}
