import type { MetricTable } from './metric.ts'

/** What is counted. */
export interface StatsSource<Stats extends object> {
  /** The numbers of now; read once for each export. */
  stats(): Stats | Promise<Stats>
  /** Resolves when there is nothing more to count. */
  readonly closed?: Promise<void>
}

/** Labels of a metric by name: `{ queue: '0' }`. */
export type Labels = Readonly<Record<string, string>>

/** One number with its labels, over every source of that name there has been. */
export interface Series<Key> {
  /** Which number. */
  readonly key: Key
  /** What tells it from others of the same key. */
  readonly labels: Labels
  /** What it has come to. */
  readonly total: number
}

interface Entry<Key> {
  readonly name: string
  /** What the source said last, by series. */
  readonly last: Map<Series<Key>, number>
}

/**
 * The numbers of all sources of a program. Counters never fall: a source that is opened again begins at zero, and is
 * added to what there was.
 */
export class Ledger<Stats extends object> {
  readonly #table: MetricTable<Stats>
  readonly #entries = new Map<StatsSource<Stats>, Entry<keyof Stats>>()
  readonly #series = new Map<string, Series<keyof Stats> & { total: number }>()
  #reading: Promise<void> | undefined

  /** Of numbers that a table has names for. */
  constructor(table: MetricTable<Stats>) {
    this.#table = table
  }

  /** Count a source under a name. Nothing happens when it is there already. */
  add(source: StatsSource<Stats>, name: string): void {
    if (this.#entries.has(source)) return
    const entry = { name, last: new Map() }
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

  /** Ask every source; callers that ask meanwhile get the same answer. Rejects with what a source does. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** What the last refresh came to. */
  series(): Iterable<Series<keyof Stats>> {
    return this.#series.values()
  }

  async #read(): Promise<void> {
    await Promise.all(Array.from(this.#entries, async ([source, entry]) => this.#enter(entry, await source.stats())))
  }

  #enter({ name, last }: Entry<keyof Stats>, stats: Stats): void {
    const { label: sourceLabel, rows } = this.#table
    for (const key of Object.keys(rows) as (keyof Stats)[]) {
      const value = stats[key]
      const { label } = rows[key]
      const labels = { [sourceLabel]: name }
      if (typeof value === 'number') this.#count(last, key, labels, value)
      else if (label)
        for (const [word, n] of Object.entries(value as object)) this.#count(last, key, { ...labels, [label]: word }, n)
    }
  }

  #count(last: Map<Series<keyof Stats>, number>, key: keyof Stats, labels: Labels, value: number): void {
    const name = JSON.stringify([key, labels])
    let series = this.#series.get(name)
    if (series === undefined) {
      series = { key, labels, total: 0 }
      this.#series.set(name, series)
    }
    const before = last.get(series) ?? 0
    const began = this.#table.rows[key].kind === 'counter' && value < before
    series.total += began ? value : value - before
    last.set(series, value)
  }
}
