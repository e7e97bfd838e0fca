import { setTimeout } from 'node:timers/promises'

/** Something whose time is virtual, perhaps. */
interface Timed {
  advance?(seconds: number): void
}

/** Keeps the time of a replay. */
export class Pace {
  readonly #timing: 'compressed' | 'original'
  readonly #kernel: Timed
  readonly #signal: AbortSignal | undefined
  #now: bigint | undefined
  #elapsedNs = 0n
  #started = 0

  constructor(timing: 'compressed' | 'original', kernel: Timed, signal?: AbortSignal) {
    this.#timing = timing
    this.#kernel = kernel
    this.#signal = signal
  }

  /** Wait, or let virtual time pass, until a moment of the capture. Going back in time takes none. */
  async until(timestampNs: bigint | undefined): Promise<void> {
    if (timestampNs === undefined) return
    if (this.#now === undefined) this.#started = performance.now()
    const passed = this.#now === undefined || timestampNs < this.#now ? 0n : timestampNs - this.#now
    if (passed > 0n || this.#now === undefined) this.#now = timestampNs
    this.#kernel.advance?.(Number(passed) / 1e9)
    if (this.#timing === 'compressed') return
    this.#elapsedNs += passed
    const wait = this.#started + Number(this.#elapsedNs) / 1e6 - performance.now()
    const signal = this.#signal
    // Its own rejection hides the signal's reason.
    if (wait > 1) await setTimeout(wait, undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
}
