/**
 * A fleet's log in memory: for tests, and to see what a fleet does when its broker is away.
 *
 * @module
 */
import { type AppendOptions, type FleetLog, type LogEntry, LogMovedError } from './log.ts'

/**
 * A log in memory, whose broker can be away. Every test has its own.
 *
 * @example
 * import { MemoryLog } from '@nfkit/fleet/memory'
 *
 * const log = new MemoryLog()
 * const place = await log.append(Uint8Array.of(1), { id: 'first', signal: AbortSignal.timeout(1_000) })
 * console.log(place, await log.end()) // 1 1
 */
export class MemoryLog implements FleetLog {
  #entries: LogEntry[] = []
  readonly #ids = new Map<string, number>()
  #end = 0
  #isAway = false
  /** An append is stored, and its answer is lost. */
  #losesAnswers = false
  readonly #waiting = new Set<() => void>()

  /** All that is in it. */
  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  /** The broker is away: nothing is appended, and those who read are told. */
  goAway(): void {
    this.#isAway = true
    this.#tell()
  }

  /** It is there again, with all that it had. */
  comeBack(): void {
    this.#isAway = false
    this.#losesAnswers = false
  }

  /** From here on it stores what comes, and answers as if it were away. */
  loseAnswers(): void {
    this.#losesAnswers = true
  }

  async append(message: Uint8Array, { id, after, signal }: AppendOptions): Promise<number> {
    signal.throwIfAborted()
    this.#assertThere()
    let place = this.#ids.get(id)
    if (place === undefined) {
      if (after !== undefined && after !== this.#end) throw new LogMovedError(after)
      place = this.put(message)
      this.#ids.set(id, place)
    }
    if (this.#losesAnswers) throw new Error('the broker has not answered')
    return place
  }

  /** Append whatever it is, as one who may write to the log and is no author. */
  put(message: Uint8Array): number {
    this.#entries.push({ place: ++this.#end, message: message.slice() })
    this.#tell()
    return this.#end
  }

  async *read(from: number, signal: AbortSignal): AsyncGenerator<LogEntry> {
    let next = from > this.#end + 1 ? 0 : from
    const abort = () => this.#tell()
    signal.addEventListener('abort', abort)
    try {
      while (!signal.aborted) {
        this.#assertThere()
        const entry = this.#entries.find(({ place }) => place >= next)
        if (entry === undefined) await new Promise<void>((resolve) => this.#waiting.add(resolve))
        else {
          next = entry.place + 1
          yield entry
        }
      }
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** As `FleetLog` has it. Rejects while the broker is away. */
  async end(): Promise<number> {
    this.#assertThere()
    return this.#end
  }

  /** As `FleetLog` has it. Rejects while the broker is away. */
  async trim(before: number): Promise<void> {
    this.#assertThere()
    this.#entries = this.#entries.filter(({ place }) => place >= before)
  }

  #assertThere(): void {
    if (this.#isAway) throw new Error('the broker is away')
  }

  #tell(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
