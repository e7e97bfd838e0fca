/**
 * What firewalls do, for OpenTelemetry, on the program's own meter.
 *
 * @module
 */

import { type InstrumentOptions, type Labels, type OpenTelemetryMeter, onMeter } from '@nfkit/netlink-transport/metrics'
import { type FirewallMetrics, firewallMetrics, type SeenFirewall } from './metrics.ts'
import { firewallTable } from './rows.ts'

export type { FirewallMetrics, InstrumentOptions, Labels, OpenTelemetryMeter, SeenFirewall }

/**
 * Metrics of firewalls for OpenTelemetry, on the program's own meter: connections by verdict, what the kernel has decided by itself, how long judges take.
 *
 * @example
 * import { metrics } from '@opentelemetry/api'
 * import type { Firewall } from '@nfkit/firewall'
 * import { openTelemetryFirewalls } from '@nfkit/firewall/opentelemetry'
 *
 * const firewallMetrics = openTelemetryFirewalls(metrics.getMeter('my-firewall'))
 * export const count = (firewall: Firewall) => firewallMetrics.add(firewall)
 */
export const openTelemetryFirewalls = <Instrument>(meter: OpenTelemetryMeter<Instrument>): FirewallMetrics =>
  firewallMetrics(onMeter(meter, firewallTable))
