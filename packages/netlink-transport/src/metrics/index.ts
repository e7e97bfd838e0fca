/**
 * How numbers of a package reach a program's own Prometheus client or OpenTelemetry meter: a table of what they are called, and the rest follows.
 *
 * @module
 */

export type { Instruments, Observe } from './instruments.ts'
export { type Labels, Ledger, type Series, type StatsSource } from './ledger.ts'
export { type Latency, type Metric, type MetricRows, type MetricTable, verdictBounds } from './metric.ts'
export { type InstrumentOptions, type OpenTelemetryMeter, onMeter } from './opentelemetry.ts'
export {
  onClient,
  type PrometheusClient,
  type PrometheusMetric,
  type PrometheusOptions,
} from './prometheus.ts'
