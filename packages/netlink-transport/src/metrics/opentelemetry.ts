import type { Instruments } from './instruments.ts'
import { type Labels, Ledger } from './ledger.ts'
import type { MetricTable } from './metric.ts'

/** What is needed of a `Meter` of `@opentelemetry/api`: `metrics.getMeter('my-firewall')` is one. */
export interface OpenTelemetryMeter<Instrument> {
  /** For what only grows. */
  createObservableCounter(name: string, options: InstrumentOptions): Instrument
  /** For what rises and falls. */
  createObservableUpDownCounter(name: string, options: InstrumentOptions): Instrument
  /** For durations. */
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

/** Returns instruments on a program's meter. Counters are read when they are exported. Throws what the meter throws. */
export function onMeter<Stats extends object, Instrument>(
  meter: OpenTelemetryMeter<Instrument>,
  table: MetricTable<Stats>,
): Instruments<Stats> {
  const { subject, label, rows, latency } = table
  const ledger = new Ledger(table)
  const instruments = new Map<keyof Stats, Instrument>()
  for (const key of Object.keys(rows) as (keyof Stats)[]) {
    const { words, unit, doc, kind } = rows[key]
    const name = [subject, ...words].join('.')
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
  const histogram = meter.createHistogram(`${subject}.${latency.word}.duration`, {
    description: latency.doc,
    unit: 's',
    advice: { explicitBucketBoundaries: [...latency.bounds] },
  })
  return {
    ledger,
    observerOf: (source) => {
      const labels = { [label]: source }
      return (seconds) => histogram.record(seconds, labels)
    },
  }
}
