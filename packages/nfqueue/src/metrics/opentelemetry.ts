/**
 * The counters and latencies of queues for OpenTelemetry, on the program's own meter.
 *
 * @module
 */

import type { QueueStats } from '../judging/counts.ts'
import { type Labels, Ledger, type MetricSource } from './ledger.ts'
import { type QueueMetrics, queueMetrics } from './queue-metrics.ts'
import { latencyBounds, latencyDoc, metrics } from './rows.ts'

export type { Labels, MetricSource, QueueMetrics }

/** What is needed of a `Meter` of `@opentelemetry/api`: `metrics.getMeter('my-firewall')` is one. */
export interface OpenTelemetryMeter<Instrument> {
  /** For what only grows. */
  createObservableCounter(name: string, options: InstrumentOptions): Instrument
  /** For what rises and falls. */
  createObservableUpDownCounter(name: string, options: InstrumentOptions): Instrument
  /** For the latency of verdicts. */
  createHistogram(
    name: string,
    options: InstrumentOptions & { advice: { explicitBucketBoundaries: number[] } },
  ): { record(value: number, attributes: Labels): void }
  /** Have all instruments read in one callback. */
  addBatchObservableCallback(
    callback: (result: { observe(instrument: Instrument, value: number, attributes: Labels): void }) => Promise<void>,
    instruments: Instrument[],
  ): void
}

/** What an instrument counts. */
export interface InstrumentOptions {
  /** What the instrument counts, in one sentence. */
  description: string
  /** A unit as UCUM spells it: `{packet}`, `s`. */
  unit: string
}

/**
 * Metrics for OpenTelemetry, on the program's own meter. Counters are read when they are exported; only a queue that is measured
 * does anything for each packet.
 *
 * @example
 * import { metrics } from '@opentelemetry/api'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 * import { openTelemetryMetrics } from '@nfkit/nfqueue/opentelemetry'
 *
 * const queueMetrics = openTelemetryMetrics(metrics.getMeter('my-firewall'))
 * const queue = await openQueue(openMnl(), { number: 0 })
 * queueMetrics.add(queue)
 * queue.run((packet) => packet.accept())
 */
export function openTelemetryMetrics<Instrument>(meter: OpenTelemetryMeter<Instrument>): QueueMetrics {
  const ledger = new Ledger()
  const instruments = new Map<keyof QueueStats, Instrument>()
  for (const key of Object.keys(metrics) as (keyof QueueStats)[]) {
    const { words, unit, doc, kind } = metrics[key]
    const name = ['nfqueue', ...words].join('.')
    const options = { description: doc, unit }
    instruments.set(
      key,
      kind === 'counter'
        ? meter.createObservableCounter(name, options)
        : meter.createObservableUpDownCounter(name, options),
    )
  }
  meter.addBatchObservableCallback(
    async (result) => {
      await ledger.refresh()
      for (const { key, labels, total } of ledger.series()) result.observe(instruments.get(key)!, total, labels)
    },
    [...instruments.values()],
  )
  const latency = meter.createHistogram('nfqueue.verdict.duration', {
    description: latencyDoc,
    unit: 's',
    advice: { explicitBucketBoundaries: [...latencyBounds] },
  })
  return queueMetrics(ledger, (queue) => {
    const labels = { queue }
    return (seconds) => latency.record(seconds, labels)
  })
}
