import type { QueueStats } from '../judging/counts.ts'
import { metrics } from './rows.ts'

/** What is counted: a `Queue`, or a `Pool`, whose numbers come from its threads. */
export interface MetricSource {
  /** The counters of now; read once for each scrape. */
  stats(): QueueStats | Promise<QueueStats>
  /** Resolves when there is nothing more to count. */
  readonly closed?: Promise<void>
}

/** Labels of a metric by name: `{ queue: '0' }`. */
export type Labels = Readonly<Record<string, string>>

/** One number with its labels, over every source of that name there has been. */
export interface Series {
  readonly key: keyof QueueStats
  readonly labels: Labels
  readonly total: number
}

interface Entry {
  readonly queue: string
  /** What the source said last, by series. */
  readonly last: Map<Series, number>
}

/**
 * The numbers of all queues of a program. Counters never fall: a queue that is opened again begins at zero, and is
 * added to what there was.
 */
export class Ledger {
  readonly #entries = new Map<MetricSource, Entry>()
  readonly #series = new Map<string, Series & { total: number }>()
  #reading: Promise<void> | undefined

  /** Nothing happens when the source is there already. */
  add(source: MetricSource, queue: string): void {
    if (this.#entries.has(source)) return
    const entry = { queue, last: new Map() }
    this.#entries.set(source, entry)
    source.closed?.then(async () => {
      try {
        this.#enter(entry, await source.stats())
      } catch {
        // What it said last stands.
      }
      this.#entries.delete(source)
    })
  }

  /** Ask every source; callers that ask meanwhile get the same answer. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** What the last refresh came to. */
  series(): Iterable<Series> {
    return this.#series.values()
  }

  async #read(): Promise<void> {
    await Promise.all(Array.from(this.#entries, async ([source, entry]) => this.#enter(entry, await source.stats())))
  }

  #enter({ queue, last }: Entry, stats: QueueStats): void {
    for (const key of Object.keys(metrics) as (keyof QueueStats)[]) {
      const value = stats[key]
      const { label } = metrics[key]
      if (typeof value === 'number') this.#count(last, key, { queue }, value)
      else if (label) for (const [name, n] of Object.entries(value)) this.#count(last, key, { queue, [label]: name }, n)
    }
  }

  #count(last: Map<Series, number>, key: keyof QueueStats, labels: Labels, value: number): void {
    const name = JSON.stringify([key, labels])
    let series = this.#series.get(name)
    if (series === undefined) {
      series = { key, labels, total: 0 }
      this.#series.set(name, series)
    }
    const before = last.get(series) ?? 0
    const began = metrics[key].kind === 'counter' && value < before
    series.total += began ? value : value - before
    last.set(series, value)
  }
}
