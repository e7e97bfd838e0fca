/**
 * The counters and latencies of queues for OpenTelemetry, on the program's own meter.
 *
 * @module
 */

import { type InstrumentOptions, type Labels, type OpenTelemetryMeter, onMeter } from '@nfkit/netlink-transport/metrics'
import { type MetricSource, type QueueMetrics, queueMetrics } from './queue-metrics.ts'
import { queueTable } from './rows.ts'

export type { InstrumentOptions, Labels, MetricSource, OpenTelemetryMeter, QueueMetrics }

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
export const openTelemetryMetrics = <Instrument>(meter: OpenTelemetryMeter<Instrument>): QueueMetrics =>
  queueMetrics(onMeter(meter, queueTable))
