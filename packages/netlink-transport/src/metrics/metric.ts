/** One number, as every metrics system names it. */
export interface Metric {
  /** From the general to the particular: `packets`, `received`. */
  readonly words: readonly string[]
  /** What is counted, in the notation of UCUM. */
  readonly unit: string
  /** What is counted, in one sentence. */
  readonly doc: string
  /** A counter only rises; a gauge does not. */
  readonly kind: 'counter' | 'gauge'
  /** What tells the numbers of one metric apart, besides their source. */
  readonly label?: string
}

/** A row for each number of `Stats`: a new one does not compile without. */
export type MetricRows<Stats extends object> = { readonly [key in keyof Stats]: Metric }

/** A duration that is observed, in seconds. */
export interface Latency {
  /** What takes so long: `verdict`. */
  readonly word: string
  /** From when to when, in one sentence. */
  readonly doc: string
  /** Upper bounds of the buckets. */
  readonly bounds: readonly number[]
}

/** What the numbers of a package are called. */
export interface MetricTable<Stats extends object> {
  /** What they are about, in front of each name: `nfqueue`. */
  readonly subject: string
  /** The label that tells sources apart: `queue`. */
  readonly label: string
  /** The numbers. */
  readonly rows: MetricRows<Stats>
  /** The duration. */
  readonly latency: Latency
}

/** Upper bounds of what packets wait for, in seconds. */
export const verdictBounds: readonly number[] = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5,
]
