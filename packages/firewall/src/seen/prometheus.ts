/**
 * What firewalls do, for Prometheus, through the program's own `prom-client`.
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
import { type FirewallMetrics, firewallMetrics, type SeenFirewall } from './metrics.ts'
import { firewallTable } from './rows.ts'

export type { FirewallMetrics, Labels, PrometheusClient, PrometheusMetric, PrometheusOptions, SeenFirewall }

/**
 * Metrics of firewalls for Prometheus, made with the program's own `prom-client`: connections by verdict, what the kernel has decided by itself, how long judges
 * take. Make it once for each registry. Throws `TypeError` or `RangeError` for an option that is unknown or impossible, and what the client throws.
 *
 * @example
 * import type { Firewall } from '@nfkit/firewall'
 * import { prometheusFirewalls } from '@nfkit/firewall/prometheus'
 * import client from 'prom-client'
 *
 * const metrics = prometheusFirewalls(client, { register: new client.Registry() })
 * export const count = (firewall: Firewall) => metrics.add(firewall)
 */
export const prometheusFirewalls = (client: PrometheusClient, options: PrometheusOptions = {}): FirewallMetrics =>
  firewallMetrics(onClient('prometheusFirewalls', client, firewallTable, options))
