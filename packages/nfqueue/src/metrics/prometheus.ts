/**
 * The counters and latencies of queues for Prometheus, through the program's own `prom-client`.
 *
 * @module
 */

import {
  type Labels,
  onClient,
  type PrometheusClient,
  type PrometheusMetric,
  type PrometheusOptions,
} from '@nfkit/netlink-transport/metrics'
import { type MetricSource, type QueueMetrics, queueMetrics } from './queue-metrics.ts'
import { queueTable } from './rows.ts'

export type { Labels, MetricSource, PrometheusClient, PrometheusMetric, PrometheusOptions, QueueMetrics }

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
export const prometheusMetrics = (client: PrometheusClient, options: PrometheusOptions = {}): QueueMetrics =>
  queueMetrics(onClient('prometheusMetrics', client, queueTable, options))
