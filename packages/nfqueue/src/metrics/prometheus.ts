/**
 * The counters and latencies of queues for Prometheus, through the program's own `prom-client`.
 *
 * @module
 */

import { type Checks, check } from '@nfkit/netlink-transport'
import type { QueueStats } from '../judging/counts.ts'
import { type Labels, Ledger, type MetricSource } from './ledger.ts'
import { type QueueMetrics, queueMetrics } from './queue-metrics.ts'
import { latencyBounds, latencyDoc, type Metric, metrics } from './rows.ts'

export type { Labels, MetricSource, QueueMetrics }

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
  /** For the latency of verdicts. */
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
  /** In front of each name; `nfqueue_` by default. */
  readonly prefix?: string | undefined
  /** Upper bounds of the latency's buckets, in seconds, each above the one before. */
  readonly buckets?: readonly number[] | undefined
}

/**
 * Metrics for Prometheus, made with the program's own `prom-client`. Counters are read when they are scraped; only a queue that is
 * measured does anything for each packet. Make it once for each registry. Throws `TypeError` or `RangeError` for an option that is
 * unknown or impossible, and what the client throws, as for a second metric of one name in a registry.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 * import { prometheusMetrics } from '@nfkit/nfqueue/prometheus'
 * import client from 'prom-client'
 *
 * const metrics = prometheusMetrics(client, { register: new client.Registry() })
 * const queue = await openQueue(openMnl(), { number: 0 })
 * metrics.add(queue)
 * queue.run((packet) => packet.accept())
 */
export function prometheusMetrics(client: PrometheusClient, options: PrometheusOptions = {}): QueueMetrics {
  const {
    register,
    prefix = 'nfqueue_',
    buckets = latencyBounds,
  } = check.all('prometheusMetrics', options, optionChecks)
  const registers = register && { registers: [register as never] }
  const ledger = new Ledger()
  for (const key of Object.keys(metrics) as (keyof QueueStats)[]) {
    const metric = metrics[key]
    const totals = async () => {
      await ledger.refresh()
      return [...ledger.series()].filter((series) => series.key === key)
    }
    const labelNames = ['queue', ...(metric.label ? [metric.label] : [])]
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
  const latency = new client.Histogram({
    name: `${prefix}verdict_seconds`,
    help: latencyDoc,
    labelNames: ['queue'],
    buckets: [...buckets],
    ...registers,
  })
  return queueMetrics(ledger, (queue) => {
    const histogram = latency.labels({ queue })
    return (seconds) => histogram.observe(seconds)
  })
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
