import { readFileSync } from 'node:fs'
import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import client from 'prom-client'
import { afterEach, expect, test } from 'vitest'
import { exportedBy } from '../../nfqueue/test/fixtures/opentelemetry.ts'
import { numbersIn } from '../../nfqueue/test/fixtures/prometheus.ts'
import { type Firewall, type FirewallVerdict, openFirewall } from '../src/index.ts'
import type { FirewallMetrics } from '../src/seen/metrics.ts'
import { openTelemetryFirewalls } from '../src/seen/opentelemetry.ts'
import { prometheusFirewalls } from '../src/seen/prometheus.ts'
import { firewallTable } from '../src/seen/rows.ts'

const kernel = new SimulatedKernel()
const opened: Firewall[] = []
afterEach(async () => {
  for (const firewall of opened.splice(0)) await firewall.close()
})

async function open(verdict: () => FirewallVerdict): Promise<Firewall> {
  const firewall = await openFirewall({
    transport: () => kernel.connect(),
    name: 'parental',
    hooks: ['output'],
    match: 'udp dport 53',
    absent: 'accept',
    judge: verdict,
  })
  opened.push(firewall)
  return firewall
}

let port = 4_000
/** A datagram, and another of its connection; of a connection of its own. */
async function twice(): Promise<void> {
  const packet = udp(`192.0.2.1:${port++} > 198.51.100.2:53`, { payload: 'question' })
  for (let i = 0; i < 2; i++) await kernel.deliver(packet, { hook: 'output', outdev: 'eth0' })
}

interface Adapter {
  readonly metrics: FirewallMetrics
  scrape(): Promise<Map<string, number>>
  stop(): Promise<unknown>
}

const adapters: { readonly [name: string]: () => Adapter } = {
  'prom-client': () => {
    const register = new client.Registry()
    const metrics = prometheusFirewalls(client, { register })
    return { metrics, scrape: async () => numbersIn(await register.metrics()), stop: async () => {} }
  },
  OpenTelemetry: () => {
    const { result, scrape, stop } = exportedBy(openTelemetryFirewalls)
    const asPrometheus = (name: string) => {
      const [, words = '', labels = ''] = /^([^{]*)(\{.*)$/.exec(name)!
      const row = Object.values(firewallTable.rows).find((one) => words === ['firewall', ...one.words].join('.'))
      const suffix = row?.kind === 'counter' ? '_total' : ''
      return words.replaceAll('.', '_').replace('judge_duration', 'judge_seconds') + suffix + labels
    }
    return {
      metrics: result,
      scrape: async () => new Map(Array.from(await scrape(), ([name, value]) => [asPrometheus(name), value])),
      stop,
    }
  },
}

test.each(Object.entries(adapters))('%s: what a firewall and its kernel have counted', async (_, make) => {
  const { metrics, scrape, stop } = make()
  let verdict: FirewallVerdict = 'accept'
  const firewall = await open(() => verdict)
  metrics.add(firewall)
  metrics.add(firewall)
  await twice()
  verdict = 'drop'
  await twice()
  await firewall.reconsider()
  verdict = 'accept'
  await twice()
  const numbers = await scrape()
  const of = (name: string, label = '') => numbers.get(`firewall_${name}{firewall="parental"${label}}`)
  expect(of('connections_judged_total', ',verdict="accept"')).toBe(2)
  expect(of('connections_judged_total', ',verdict="drop"')).toBe(1)
  expect(of('cached_packets_total', ',verdict="accept"')).toBe(2)
  expect(of('cached_packets_total', ',verdict="drop"')).toBe(1)
  expect(of('cached_bytes_total', ',verdict="accept"')).toBe(2 * 36)
  // The first of them was judged under another epoch, and the one that was dropped is none.
  expect(of('connections_alive', ',verdict="accept"')).toBe(1)
  expect(of('packets_queued_total')).toBe(3)
  expect(of('epoch')).toBe(1)
  expect(of('judge_seconds_count')).toBe(3)
  expect(of('judge_seconds_sum')).toBeGreaterThan(0)

  await firewall.close()
  const after = await scrape()
  expect(after.get('firewall_connections_alive{firewall="parental",verdict="accept"}')).toBe(0)
  const again = await open(() => 'accept')
  metrics.add(again)
  await twice()
  const more = await scrape()
  expect(more.get('firewall_connections_judged_total{firewall="parental",verdict="accept"}')).toBe(3)
  await stop()
})

test('every metric has a row in the guide', () => {
  const guide = readFileSync(new URL('../../../docs/guides/firewall.md', import.meta.url), 'utf8')
  for (const { words, kind } of Object.values(firewallTable.rows)) {
    const prometheus = `firewall_${words.join('_')}${kind === 'counter' ? '_total' : ''}`
    expect(guide).toMatch(new RegExp(`^\\| \`${prometheus}\` +\\| \`firewall.${words.join('.')}\` +\\|`, 'm'))
  }
})
