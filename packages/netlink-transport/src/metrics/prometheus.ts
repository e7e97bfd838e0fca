import { all, type Checks } from '../check.ts'
import type { Instruments } from './instruments.ts'
import { type Labels, Ledger } from './ledger.ts'
import type { Metric, MetricTable } from './metric.ts'

/** What is needed of the module `prom-client`: pass it as it is. */
export interface PrometheusClient {
  /** For what only grows. */
  readonly Counter: new (
    configuration: PrometheusMetric,
  ) => {
    reset(): void
    inc(labels: Labels, value: number): void
  }
  /** For what rises and falls. */
  readonly Gauge: new (
    configuration: PrometheusMetric,
  ) => {
    reset(): void
    set(labels: Labels, value: number): void
  }
  /** For durations. */
  readonly Histogram: new (
    configuration: PrometheusMetric & { buckets: number[] },
  ) => {
    labels(labels: Labels): { observe(value: number): void }
  }
}

/** How `prom-client` is told what a metric is. */
export interface PrometheusMetric {
  /** Name with its prefix: `nfqueue_received_packets_total`. */
  name: string
  /** What the metric counts, in one sentence. */
  help: string
  /** Names of the labels each value has. */
  labelNames: string[]
  /** The registry; the client's default one when absent. */
  registers?: never[]
  /** Called for each scrape, before values are read. */
  collect?: () => Promise<void>
}

/** Where metrics are registered, and what they are called. */
export interface PrometheusOptions {
  /** The registry; the client's default one when absent. */
  readonly register?: object | undefined
  /** In front of each name: what they are about by default, `nfqueue_` or `firewall_`. */
  readonly prefix?: string | undefined
  /** Upper bounds of the latency's buckets, in seconds, each above the one before. */
  readonly buckets?: readonly number[] | undefined
}

/**
 * Returns metrics in a program's registry. Counters are read when they are scraped. `what` takes the options. Throws `TypeError` or
 * `RangeError` for an option that is unknown or impossible, and what the client throws, as for a second metric of one name in a registry.
 */
export function onClient<Stats extends object>(
  what: string,
  client: PrometheusClient,
  table: MetricTable<Stats>,
  options: PrometheusOptions,
): Instruments<Stats> {
  const { subject, label: sourceLabel, rows, latency } = table
  const { register, prefix = `${subject}_`, buckets = latency.bounds } = all(what, options, optionChecks)
  const registers = register && { registers: [register as never] }
  const ledger = new Ledger(table)
  for (const key of Object.keys(rows) as (keyof Stats)[]) {
    const metric = rows[key]
    const totals = async () => {
      await ledger.refresh()
      return [...ledger.series()].filter((series) => series.key === key)
    }
    const labelNames = [sourceLabel, ...(metric.label ? [metric.label] : [])]
    const configuration = { name: prefix + nameOf(metric), help: metric.doc, labelNames, ...registers }
    if (metric.kind === 'counter') {
      const counter = new client.Counter({
        ...configuration,
        async collect() {
          const series = await totals()
          counter.reset()
          for (const { labels, total } of series) counter.inc(labels, total)
        },
      })
    } else {
      const gauge = new client.Gauge({
        ...configuration,
        async collect() {
          const series = await totals()
          gauge.reset()
          for (const { labels, total } of series) gauge.set(labels, total)
        },
      })
    }
  }
  const histogram = new client.Histogram({
    name: `${prefix}${latency.word}_seconds`,
    help: latency.doc,
    labelNames: [sourceLabel],
    buckets: [...buckets],
    ...registers,
  })
  return {
    ledger,
    observerOf: (source) => {
      const one = histogram.labels({ [sourceLabel]: source })
      return (seconds) => one.observe(seconds)
    },
  }
}

const optionChecks: Checks<PrometheusOptions> = {
  register: (value) => value,
  prefix: (value) => {
    if (typeof value !== 'string') throw new TypeError(`prefix: ${String(value)} is no text`)
  },
  buckets: (value) => {
    const rises = (bound: unknown, i: number, all: unknown[]) =>
      Number.isFinite(bound) && (i === 0 || (bound as number) > (all[i - 1] as number))
    if (!(Array.isArray(value) && value.length > 0 && value.every(rises)))
      throw new RangeError(`buckets: ${String(value)} are no seconds, each above the one before`)
  },
}

const nameOf = ({ words, kind }: Metric): string => words.join('_') + (kind === 'counter' ? '_total' : '')
