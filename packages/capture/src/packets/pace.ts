/** Something whose time is virtual, perhaps. */
interface Timed {
  advance?(seconds: number): void
}

/** What a timer can wait: some 24.8 days. */
const longestTimer = 2 ** 31 - 1

/** Keeps the time of a replay. */
export class ReplayPace {
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

  /** Let virtual time pass until a moment of the capture; a promise when real time has to pass. Going back in time takes none. */
  until(timestampNs: bigint | undefined): Promise<void> | undefined {
    if (timestampNs === undefined) return undefined
    if (this.#now === undefined) this.#started = performance.now()
    const passed = this.#now === undefined || timestampNs < this.#now ? 0n : timestampNs - this.#now
    if (passed > 0n || this.#now === undefined) this.#now = timestampNs
    if (passed > 0n) this.#kernel.advance?.(Number(passed) / 1e9)
    if (this.#timing === 'compressed') return undefined
    this.#elapsedNs += passed
    const wait = this.#started + Number(this.#elapsedNs) / 1e6 - performance.now()
    return wait > 1 ? this.#sleep(wait) : undefined
  }

  async #sleep(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= longestTimer) await this.#wait(Math.min(left, longestTimer))
  }

  async #wait(milliseconds: number): Promise<void> {
    const signal = this.#signal
    signal?.throwIfAborted()
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      signal?.addEventListener('abort', end)
    })
    signal?.throwIfAborted()
  }
}
