import { readFileSync } from 'node:fs'
import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import { DataPointType } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../../test/host.ts'
import { openQueue, type Packet, type Queue, type QueueOptions } from '../src/index.ts'
import type { QueueStats } from '../src/judging/counts.ts'
import { prometheusMetrics } from '../src/metrics/prometheus.ts'
import type { QueueMetrics } from '../src/metrics/queue-metrics.ts'
import { queueTable } from '../src/metrics/rows.ts'
import { exportedOpenTelemetry } from './fixtures/opentelemetry.ts'
import { servedPrometheus } from './fixtures/prometheus.ts'

const packet = udp('192.0.2.1:4000 > 198.51.100.2:53')

let kernel: SimulatedKernel
const queues: Queue[] = []

async function open(options: Partial<QueueOptions> = {}): Promise<Queue> {
  const queue = await openQueue(kernel.connect(), { number: 0, onUnjudged: 'accept', ...options })
  queues.push(queue)
  return queue
}

beforeEach(() => {
  kernel = new SimulatedKernel({ profile: 'debian-6.1' })
})
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.close()
  kernel.assertQuiet()
})

/** What each adapter says of the same story: numbers by name and labels. */
const adapters = [
  {
    name: 'prom-client',
    make: () => servedPrometheus(),
    names: {
      received: (queue: string) => `nfqueue_packets_received_total{queue="${queue}"}`,
      verdict: (kind: string) => `nfqueue_verdicts_total{queue="0",verdict="${kind}"}`,
      unjudged: (reason: string) => `nfqueue_packets_unjudged_total{queue="0",reason="${reason}"}`,
      lost: 'nfqueue_packets_lost_total{queue="0"}',
      passed: 'nfqueue_packets_passed_total{queue="0"}',
      errors: 'nfqueue_verdict_errors_total{queue="0"}',
      dropped: 'nfqueue_socket_dropped_total{queue="0"}',
      pending: 'nfqueue_packets_pending{queue="0"}',
      latencies: 'nfqueue_verdict_seconds_count{queue="0"}',
      seconds: 'nfqueue_verdict_seconds_sum{queue="0"}',
    },
  },
  {
    name: 'OpenTelemetry',
    make: async () => exportedOpenTelemetry(),
    names: {
      received: (queue: string) => `nfqueue.packets.received{queue="${queue}"}`,
      verdict: (kind: string) => `nfqueue.verdicts{queue="0",verdict="${kind}"}`,
      unjudged: (reason: string) => `nfqueue.packets.unjudged{queue="0",reason="${reason}"}`,
      lost: 'nfqueue.packets.lost{queue="0"}',
      passed: 'nfqueue.packets.passed{queue="0"}',
      errors: 'nfqueue.verdict.errors{queue="0"}',
      dropped: 'nfqueue.socket.dropped{queue="0"}',
      pending: 'nfqueue.packets.pending{queue="0"}',
      latencies: 'nfqueue.verdict.duration_count{queue="0"}',
      seconds: 'nfqueue.verdict.duration_sum{queue="0"}',
    },
  },
]

describe.each(adapters)('$name', ({ make, names }) => {
  let metrics: QueueMetrics
  let scrape: () => Promise<Map<string, number>>
  let stop: () => Promise<void>
  beforeEach(async () => {
    ;({ metrics, scrape, stop } = await make())
  })
  afterEach(() => stop())

  test('counts what the queue counts, and every verdict once', async () => {
    const queue = await open()
    let seen = 0
    metrics.measure(queue)
    queue.run((packet) => {
      seen++
      if (seen === 1) packet.drop()
      else if (seen === 2) throw new Error('no idea')
      else if (seen === 3) return Promise.resolve().then(() => packet.accept())
      else if (seen === 4) return
      else packet.accept()
    })
    for (let i = 0; i < 5; i++) await kernel.deliver(packet)
    const numbers = await scrape()
    expect(numbers.get(names.received('0'))).toBe(5)
    expect(numbers.get(names.verdict('accept'))).toBe(4)
    expect(numbers.get(names.verdict('drop'))).toBe(1)
    expect(numbers.get(names.verdict('repeat'))).toBe(0)
    expect(numbers.get(names.unjudged('threw'))).toBe(1)
    expect(numbers.get(names.unjudged('forgotten'))).toBe(1)
    expect(numbers.get(names.pending)).toBe(0)
    expect(numbers.get(names.errors)).toBe(0)
    expect(numbers.get(names.latencies)).toBe(5)
    expect(numbers.get(names.seconds)).toBeGreaterThan(0)
    expect(await scrape(), 'a second scrape counts nothing twice').toEqual(numbers)
    const { received, verdicts, unjudged, lost, pending, verdictErrors, socketDropped } = queue.stats()
    for (const [kind, count] of Object.entries(verdicts)) expect(numbers.get(names.verdict(kind)), kind).toBe(count)
    for (const [reason, count] of Object.entries(unjudged))
      expect(numbers.get(names.unjudged(reason)), reason).toBe(count)
    expect(
      [names.received('0'), names.lost, names.pending, names.errors, names.dropped].map((name) => numbers.get(name)),
    ).toEqual([received, lost, pending, verdictErrors, socketDropped])
  })

  test('losses and refused verdicts', async () => {
    const transport = kernel.connect()
    const queue = await openQueue(transport, { number: 0 })
    queues.push(queue)
    metrics.add(queue)
    const held: Packet[] = []
    queue.run((packet) => held.push(packet.hold()))
    kernel.inject({ kind: 'overrun', at: 1 }, transport)
    for (const _ of [1, 2]) void kernel.deliver(packet, { indev: 'eth0' })
    await until(() => held.length === 1, 'the packet behind the lost one')
    expect((await scrape()).get(names.pending)).toBe(1)
    kernel.interfaceDown('eth0')
    held[0]!.accept()
    await until(() => queue.stats().verdictErrors === 1, 'the refusal')
    const numbers = await scrape()
    expect(numbers.get(names.lost)).toBe(1)
    expect(numbers.get(names.dropped)).toBe(1)
    expect(numbers.get(names.errors)).toBe(1)
    expect(numbers.get(names.latencies)).toBeUndefined()
  })

  test('a held packet is measured at its verdict, whoever gives it', async () => {
    const queue = await open({ deadlineMilliseconds: 1_000 })
    const held: Packet[] = []
    metrics.measure(queue)
    queue.run((packet) => held.push(packet.hold()))
    const outcomes = [kernel.deliver(packet), kernel.deliver(packet)]
    await until(() => held.length === 2, 'two packets')
    expect((await scrape()).get(names.latencies)).toBeUndefined()
    held[0]!.accept()
    expect((await scrape()).get(names.latencies)).toBe(1)
    await Promise.all(outcomes)
    const numbers = await scrape()
    expect(numbers.get(names.unjudged('deadline'))).toBe(1)
    expect(numbers.get(names.latencies)).toBe(2)
    expect(numbers.get(names.seconds)).toBeGreaterThan(0.99)
  })

  test('packets of a loop, one by one', async () => {
    const queue = await open()
    const outcome = kernel.deliver(packet)
    metrics.measure(queue)
    metrics.measure(queue)
    for await (const packet of queue) {
      packet.drop()
      break
    }
    await outcome
    expect((await scrape()).get(names.latencies)).toBe(1)
  })

  test('counters go on when a queue is opened again, and keep what a closed one said', async () => {
    for (const round of [1, 2]) {
      const queue = await open()
      metrics.measure(queue)
      queue.run((packet) => packet.accept())
      await kernel.deliver(packet)
      await kernel.deliver(packet)
      await queue.close()
      expect((await scrape()).get(names.received('0'))).toBe(2 * round)
    }
  })

  test('several queues have a label each, and a pool the name it was given', async () => {
    const first = await open({ number: 7 })
    metrics.add(first)
    const pool = { received: 3 }
    const stats = async (): Promise<QueueStats> => ({ ...first.stats(), received: pool.received })
    metrics.add({ stats }, '0-3')
    expect((await scrape()).get(names.received('7'))).toBe(0)
    expect((await scrape()).get(names.received('0-3'))).toBe(3)
    pool.received = 1 // it was opened again
    expect((await scrape()).get(names.received('0-3'))).toBe(4)
  })
})

test('names, labels, help and buckets follow the conventions of Prometheus', async () => {
  const { metrics, fetched, stop } = await servedPrometheus({ prefix: 'fw_', buckets: [1, 2] })
  const queue = await open()
  metrics.measure(queue)
  queue.run((packet) => packet.accept())
  await kernel.deliver(packet)
  const text = await fetched()
  await stop()
  expect(Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name, type]) => `${name} ${type}`)).toEqual([
    'fw_packets_received_total counter',
    'fw_verdicts_total counter',
    'fw_packets_unjudged_total counter',
    'fw_packets_pending gauge',
    'fw_packets_lost_total counter',
    'fw_packets_passed_total counter',
    'fw_verdict_errors_total counter',
    'fw_late_verdicts_total counter',
    'fw_socket_dropped_total counter',
    'fw_queue_dropped_total counter',
    'fw_verdict_seconds histogram',
  ])
  for (const [, help] of text.matchAll(/^# HELP \S+ (.*)$/gm)) expect(help).toMatch(/^[A-Z]/)
  for (const [sample] of text.matchAll(/^[^#\n].*$/gm)) expect(sample).toContain('queue="0"')
  const bounds = Array.from(text.matchAll(/le="([^"]+)"/g), ([, bound]) => bound)
  expect(bounds).toEqual(['1', '2', '+Inf'])
})

test('OpenTelemetry is told unit, meaning and buckets', async () => {
  const { metrics, exported, stop } = exportedOpenTelemetry()
  const queue = await open()
  metrics.measure(queue)
  queue.run((packet) => packet.accept())
  await kernel.deliver(packet)
  const all = await exported()
  await stop()
  const told = all.map(({ descriptor: { name, unit }, dataPointType, ...rest }) => {
    const rises = 'isMonotonic' in rest && rest.isMonotonic ? ' rises' : ''
    return `${name} ${unit} ${DataPointType[dataPointType]}${rises}`
  })
  expect(told.sort()).toEqual([
    'nfqueue.late.verdicts {verdict} SUM rises',
    'nfqueue.packets.lost {packet} SUM rises',
    'nfqueue.packets.passed {packet} SUM rises',
    'nfqueue.packets.pending {packet} SUM',
    'nfqueue.packets.received {packet} SUM rises',
    'nfqueue.packets.unjudged {packet} SUM rises',
    'nfqueue.queue.dropped {packet} SUM rises',
    'nfqueue.socket.dropped {datagram} SUM rises',
    'nfqueue.verdict.duration s HISTOGRAM',
    'nfqueue.verdict.errors {verdict} SUM rises',
    'nfqueue.verdicts {verdict} SUM rises',
  ])
  for (const { descriptor } of all) expect(descriptor.description).toMatch(/^[A-Z]/)
  const latency = all.find(({ descriptor }) => descriptor.name === 'nfqueue.verdict.duration')!
  expect(latency.dataPoints[0]!.value).toMatchObject({
    buckets: { boundaries: [...queueTable.latency.bounds] },
    count: 1,
  })
})

test('options and arguments that cannot be are refused by name', async () => {
  const client = await import('prom-client')
  const register = new client.Registry()
  for (const [options, message] of [
    [{ perfix: 'fw_' }, 'prometheusMetrics: there is no option "perfix"; did you mean "prefix"?'],
    [{ prefix: 5 }, 'prefix: 5'],
    [{ buckets: [] }, 'buckets'],
    [{ buckets: [2, 1] }, 'buckets: 2,1'],
    [{ buckets: [1, Number.NaN] }, 'buckets: 1,NaN'],
    [{ buckets: 5 }, 'buckets: 5'],
  ] as const)
    expect(() => prometheusMetrics(client, { register, ...(options as object) })).toThrow(message)
  const metrics = prometheusMetrics(client, { register })
  const queue = await open()
  expect(() => queue.observe(undefined as never)).toThrow('observe: undefined is no function')
  const { stats } = queue
  const pool = { stats: stats.bind(queue) }
  expect(() => metrics.add(pool as never)).toThrow('a pool needs a name')
})

test('the guide has a line for each metric', () => {
  const guide = readFileSync(new URL('../../../docs/guides/production.md', import.meta.url), 'utf8')
  for (const { words, kind } of Object.values(queueTable.rows)) {
    const prometheus = `nfqueue_${words.join('_')}${kind === 'counter' ? '_total' : ''}`
    expect(guide).toMatch(new RegExp(`^\\| \`${prometheus}\` +\\| \`nfqueue.${words.join('.')}\` +\\|`, 'm'))
  }
})
