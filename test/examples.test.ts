import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type ConntrackTable, openConntrack } from '@nfkit/conntrack'
import { parseIp } from '@nfkit/ip-codec'
import { tcp, udp } from '@nfkit/ip-codec/build'
import { openLog } from '@nfkit/nflog'
import { type Handler, type Observer, openQueue, type Packet, type QueueOptions } from '@nfkit/nfqueue'
import { type DeliverOptions, type Outcome, SimulatedKernel } from '@nfkit/simulator'
import { openSockets } from '@nfkit/sockets'
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { describe, expect, test } from 'vitest'
import { dnsMessage, overTcp, question } from '../packages/streams/test/dns-message.ts'
import { clientHelloBody, extension, helloFor, message } from '../packages/streams/test/hello.ts'
import { crypto, datagram, initialPacket } from '../packages/streams/test/quic-packet.ts'
import { until } from './host.ts'

const folder = join(import.meta.dirname, '../examples')
const load = (name: string) => import(join(folder, `${name}.mjs`))

/** What becomes of packets that a handler judges on a simulated kernel with conntrack. */
async function judged(
  handler: Handler,
  packets: readonly (readonly [Uint8Array, DeliverOptions?])[],
  options: Partial<QueueOptions> = {},
  observer?: Observer,
): Promise<Outcome[]> {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  await using queue = await openQueue(kernel.connect(), { number: 0, ...options })
  const failures: unknown[] = []
  queue.on('unjudged', (failure) => failures.push(failure))
  if (observer) queue.observe(observer)
  queue.run(handler)
  const outcomes: Outcome[] = []
  for (const [bytes, delivery] of packets) outcomes.push(await kernel.deliver(bytes, delivery))
  expect(failures).toEqual([])
  return outcomes
}

test('each example is short, says how to feed it, and has its test here', () => {
  const tested = readFileSync(import.meta.filename, 'utf8')
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.mjs'))) {
    const text = readFileSync(join(folder, file), 'utf8')
    expect(text.split('\n').length, file).toBeLessThan(80)
    expect(text, file).toContain(`node examples/${file}`)
    expect(tested, file).toContain(`load('${file.replace('.mjs', '')}')`)
  }
})

describe('dns-blocker', () => {
  /** An answer with one A record. */
  function answer(name: string): Uint8Array {
    const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)])
    const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
    return Uint8Array.from([0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1, ...record])
  }

  test('turns answers about blocked names into "no such name", and leaves others alone', async () => {
    const { blocker } = await load('dns-blocker')
    const path = '198.51.100.53:53 > 192.0.2.10:40000'
    const [blocked, below, free] = await judged(blocker(['ads.example']), [
      [udp(path, { payload: answer('ads.example') })],
      [udp(path, { payload: answer('eu.Ads.example') })],
      [udp(path, { payload: answer('loads.example') })],
    ])
    for (const outcome of [blocked!, below!]) {
      const message = parseIp(outcome.payload)!.udp!
      expect(message.checksumState).toBe('valid')
      expect(message.payload[3]! & 15).toBe(3)
      expect([...message.payload.subarray(4, 12)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0])
    }
    expect(parseIp(free!.payload)!.udp!.payload).toEqual(answer('loads.example'))
  })

  test('over TCP, a client that asks for a blocked name gets nothing more', async () => {
    const { blocker } = await load('dns-blocker')
    const verdicts = async (name: string, before: readonly number[] = []) => {
      const query = Uint8Array.from([...before, ...overTcp(dnsMessage({ questions: [question(name)] }))])
      const { opening, data } = segments('192.0.2.10:40000 > 198.51.100.53:53', query.subarray(0, 9), query.subarray(9))
      const answer = tcp('198.51.100.53:53 > 192.0.2.10:40000', {
        ack: true,
        sequence: 1,
        acknowledgment: 1_001 + query.length,
        payload: query,
      })
      return (
        await judged(
          blocker(['ads.example']),
          [...opening, ...data, answer].map((packet) => [packet]),
        )
      ).map(({ verdict }) => verdict)
    }
    expect(await verdicts('eu.ads.example')).toEqual(['accept', 'accept', 'accept', 'accept', 'drop'])
    expect(await verdicts('news.example')).toEqual(['accept', 'accept', 'accept', 'accept', 'accept'])
    // A message that is none, in front of the query: a server answers that it does not understand, and reads on.
    const nonsense = [0, 12, ...new Array(12).fill(0xff)]
    expect((await verdicts('ads.example', nonsense)).at(-1)).toBe('drop')
  })

  test('nonsense passes untouched', async () => {
    const { blocker } = await load('dns-blocker')
    const handler = blocker(['x'])
    const packets = [0, 5, 12, 13, 40].map(
      (size) => [udp('10.0.0.1:53 > 10.0.0.2:9', { payload: new Uint8Array(size).fill(0xff) })] as const,
    )
    for (const { verdict } of await judged(handler, packets)) expect(verdict).toBe('accept')
  })
})

test('user-firewall: users reach what the policy allows', async () => {
  const { firewall, policy } = await load('user-firewall')
  const refused: string[] = []
  const web = tcp('192.0.2.10:40000 > 198.51.100.1:443', { syn: true })
  const ssh = tcp('192.0.2.10:40001 > 198.51.100.1:22', { syn: true })
  const outcomes = await judged(
    firewall(policy, (text: string) => refused.push(text)),
    [
      [web, { hook: 'output', uid: 33, gid: 33 }],
      [ssh, { hook: 'output', uid: 33, gid: 33 }],
      [ssh, { hook: 'output', uid: 0, gid: 0 }],
      [web, { hook: 'output', uid: 65534, gid: 65534 }],
    ],
    { uidGid: true },
  )
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(['accept', 'drop', 'accept', 'drop'])
  expect(refused[0]).toMatch(/^user 33 to 192\.0\.2\.10:40001 > 198\.51\.100\.1:22 tcp SYN/)
})

test('program-firewall: units reach what the policy allows, and what is of several programs passes', async () => {
  const { firewall, policyOf } = await load('program-firewall')
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const units = new Map([
    [100n, 'web.service'],
    [200n, 'backup.service'],
  ])
  kernel.openSocket({ local: '192.0.2.10:40000', remote: '198.51.100.1:443', cgroupId: 100n })
  kernel.openSocket({ local: '192.0.2.10:40001', remote: '198.51.100.1:22', cgroupId: 100n })
  kernel.openSocket({ local: '192.0.2.10:40002', remote: '198.51.100.1:443', cgroupId: 200n })
  kernel.openSocket({ local: '192.0.2.10:40003', remote: '198.51.100.1:22', cgroupId: 300n })
  kernel.openSocket({ protocol: 'udp', local: '0.0.0.0:40004', cgroupId: 200n })
  await using sockets = openSockets(kernel.connect())
  const told: string[] = []
  const handler = firewall(policyOf(['web.service=53,443', 'backup.service=']), {
    ownerOf: (packet: Packet) => sockets.owner(packet),
    unitOf: ({ cgroupId }: { cgroupId: bigint }) => units.get(cgroupId),
    tell: (text: string) => told.push(text),
  })
  await using queue = await openQueue(kernel.connect(), { number: 0 })
  queue.run(handler)
  const ends = [
    '40000 > 198.51.100.1:443',
    '40001 > 198.51.100.1:22',
    '40002 > 198.51.100.1:443',
    '40003 > 198.51.100.1:22',
  ]
  const packets = [
    ...ends.map((end) => tcp(`192.0.2.10:${end}`, { syn: true })),
    udp('192.0.2.10:40004 > 198.51.100.1:53', { payload: 'a question' }),
    tcp('192.0.2.10:40005 > 198.51.100.1:22', { syn: true }),
  ]
  const verdicts: unknown[] = []
  for (const bytes of packets) verdicts.push((await kernel.deliver(bytes, { hook: 'output' })).verdict)
  expect(verdicts).toEqual(['accept', 'drop', 'drop', 'accept', 'accept', 'accept'])
  expect(told).toEqual([
    expect.stringMatching(/^web\.service to 192\.0\.2\.10:40001 > 198\.51\.100\.1:22 tcp SYN.*: refused$/),
    expect.stringMatching(/^backup\.service to 192\.0\.2\.10:40002 > .*: refused$/),
    expect.stringMatching(/: sent by one of several programs$/),
  ])
  expect(readFileSync(join(folder, 'program-firewall.mjs'), 'utf8').split('\n').length).toBeLessThan(80)
})

test('log-export: a line for each logged packet, and one for what was lost', async () => {
  const { exporting } = await load('log-export')
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'input', log: { group: 5, threshold: 1, prefix: 'mdns' } })
  const log = await openLog(kernel.connect(), { group: 5, conntrack: 'off' })
  const written: string[] = []
  const done = exporting(
    log,
    (line: string) => written.push(line),
    () => new Date(0),
  )
  for (const port of [5353, 53])
    await kernel.deliver(udp(`192.0.2.1:4000 > 198.51.100.2:${port}`, { payload: 'x' }), { indev: 'eth0' })
  await until(() => written.length === 2, 'both lines')
  await log.close()
  await done
  expect(written.every((line) => line.endsWith('}\n'))).toBe(true)
  const common = {
    time: '1970-01-01T00:00:00.000Z',
    event: 'packet',
    prefix: 'mdns',
    hook: 'input',
    in: 'eth0',
    length: 29,
  }
  expect(written.map((line) => JSON.parse(line))).toMatchObject([
    {
      ...common,
      sequence: 0,
      source: '192.0.2.1',
      sourcePort: 4000,
      destination: '198.51.100.2',
      destinationPort: 5353,
    },
    { ...common, sequence: 1, destinationPort: 53, protocol: 17 },
  ])
})

test('connmark-router: mark and connmark say which way', async () => {
  const { router, ways } = await load('connmark-router')
  const [ssh, web, other] = await judged(router(ways), [
    [tcp('192.0.2.10:1000 > 198.51.100.1:22', { syn: true })],
    [tcp('192.0.2.10:1001 > 198.51.100.1:443', { syn: true })],
    [tcp('192.0.2.10:1002 > 198.51.100.1:9999', { syn: true })],
  ])
  expect([ssh, web, other].map((outcome) => [outcome?.mark, outcome?.connmark])).toEqual([
    [1, 1],
    [2, 2],
    [2, 2],
  ])
})

test('rate-limiter: bursts pass, floods do not, and tokens come back', async () => {
  const { limiter } = await load('rate-limiter')
  let time = 0
  const handler = limiter(10, 3, () => time)
  const from = (host: string) => [tcp(`${host}:1000 > 198.51.100.1:22`, { syn: true })] as const
  const verdicts = async (packets: (readonly [Uint8Array])[]) =>
    (await judged(handler, packets)).map(({ verdict }) => verdict)
  expect(
    await verdicts([from('10.0.0.1'), from('10.0.0.1'), from('10.0.0.1'), from('10.0.0.1'), from('10.0.0.2')]),
  ).toEqual(['accept', 'accept', 'accept', 'drop', 'accept'])
  time = 0.1
  expect(await verdicts([from('10.0.0.1'), from('10.0.0.1')])).toEqual(['accept', 'drop'])
})

/** A client's packets of one connection with this stream in segments: those that open it, and those with the stream. */
function segments(
  path: string,
  ...stream: Uint8Array[]
): { readonly opening: Uint8Array[]; readonly data: Uint8Array[] } {
  let sequence = 1_001
  const opening = [tcp(path, { syn: true, sequence: 1_000 }), tcp(path, { ack: true, sequence, acknowledgment: 1 })]
  const data = stream.map((payload) => {
    const packet = tcp(path, { ack: true, psh: true, sequence, acknowledgment: 1, payload })
    sequence += payload.length
    return packet
  })
  return { opening, data }
}

/** Verdicts of packets that wait together: some wait for others. */
async function judgedTogether(handler: Handler, packets: readonly Uint8Array[]): Promise<Outcome[]> {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  await using queue = await openQueue(kernel.connect(), { number: 0 })
  queue.run(handler)
  return await Promise.all(packets.map((packet) => kernel.deliver(packet)))
}

describe('sni-filter', () => {
  const path = '10.0.0.1:1000 > 10.0.0.2:443'
  const verdicts = async (packets: readonly Uint8Array[]) => {
    const { filter } = await load('sni-filter')
    return (await judgedTogether(filter(['social.example']), packets)).map(({ verdict }) => verdict)
  }

  test.each([
    ['social.example', 'drop'],
    ['www.Social.example', 'drop'],
    ['antisocial.example', 'accept'],
  ])('a hello for %s in two segments, cut anywhere and in both orders: %s', async (name, verdict) => {
    const hello = helloFor(name)
    for (let at = 1; at < hello.length; at += 7) {
      const { opening, data } = segments(path, hello.subarray(0, at), hello.subarray(at))
      for (const order of [data, data.toReversed()])
        expect(await verdicts([...opening, ...order])).toEqual(['accept', 'accept', verdict, verdict])
    }
  })

  test('what is no TLS is dropped', async () => {
    const { opening, data } = segments(path, Buffer.from('GET / HTTP/1.1'))
    expect(await verdicts([...opening, ...data])).toEqual(['accept', 'accept', 'drop'])
  })

  test('a hello of QUIC in two datagrams has no second one when it is for a blocked name', async () => {
    const first = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
    const datagrams = (name: string) => {
      const hello = message(clientHelloBody({ extensions: [extension.serverNames(name)] }))
      const parts = [hello.subarray(0, 60), hello.subarray(60)]
      return parts.map((part, i) =>
        udp('10.0.0.1:1000 > 10.0.0.2:443', {
          payload: datagram(initialPacket(crypto(60 * i, part), { first, number: i })),
        }),
      )
    }
    expect(await verdicts(datagrams('social.example'))).toEqual(['accept', 'drop'])
    expect(await verdicts(datagrams('news.example'))).toEqual(['accept', 'accept'])
    expect(await verdicts([udp('10.0.0.1:1000 > 10.0.0.2:443', { payload: new Uint8Array(1200).fill(0xff) })])).toEqual(
      ['drop'],
    )
  })
})

test('http-rewriter: a header line has another length, wherever its request was cut', async () => {
  const { rewriter } = await load('http-rewriter')
  const post = 'POST /form HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nUser-Agent: '
  const get = 'GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: '
  // Two requests of one connection, of which one has a body.
  const said = (agent: string) => `${post}${agent}\r\n\r\nhello${get}${agent}\r\nAccept: */*\r\n\r\n`
  const whole = Buffer.from(said('curl'))
  for (const agent of ['nfkit, which is longer', 'x']) {
    for (let at = 1; at < whole.length; at++) {
      const { opening, data } = segments('10.0.0.1:1000 > 10.0.0.2:80', whole.subarray(0, at), whole.subarray(at))
      const outcomes = await judgedTogether(rewriter('user-agent', agent), [...opening, ...data])
      const sent = outcomes.map(({ payload }) => parseIp(payload)!.tcp!)
      expect(Buffer.concat(sent.map(({ payload }) => payload)).toString()).toBe(said(agent))
      expect(sent.map(({ checksumState }) => checksumState)).toEqual(sent.map(() => 'valid'))
      expect(sent[3]!.sequence).toBe(sent[2]!.sequence + sent[2]!.payload.length)
    }
  }
})

test('flow-table: what is there, what comes, what goes', async () => {
  const { lines } = await load('flow-table')
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  await using table: ConntrackTable = await openConntrack(kernel.connect())
  const entry = (port: number) => ({
    protocol: 'tcp' as const,
    source: { address: '10.0.0.1', port },
    destination: { address: '10.0.0.2', port: 22 },
  })
  await table.create({ original: entry(1000), timeoutSeconds: 100 })
  const shown: string[] = []
  for await (const line of lines(table.watch())) {
    shown.push(line)
    if (line.startsWith('=')) await table.create({ original: entry(2000), timeoutSeconds: 100 })
    if (shown.length === 3) await table.delete(entry(2000))
    if (line.startsWith('-')) break
  }
  expect(shown[0]).toMatch(/^\+ tcp +6 \d+ .*sport=1000/)
  expect(shown[1]).toBe('= 1 connections')
  expect(shown[2]).toMatch(/^\+ tcp .*sport=2000/)
  expect(shown[3]).toMatch(/^- tcp .*sport=2000/)
})

test('rewriter: DSCP on SSH, smaller segments, checksums right', async () => {
  const { rewriter } = await load('rewriter')
  const [both, dscp, none] = await judged(rewriter(1360), [
    [tcp('10.0.0.1:1000 > 10.0.0.2:22', { syn: true, options: [{ kind: 'mss', size: 1460 }] })],
    [tcp('[fd00::2]:22 > [fd00::1]:1000', { ack: true })],
    [tcp('10.0.0.1:1001 > 10.0.0.2:80', { syn: true, options: [{ kind: 'mss', size: 1300 }] })],
  ])
  const views = [both, dscp, none].map((outcome) => parseIp(outcome!.payload)!)
  expect(views.map((ip) => [ip.dscp, ip.tcp?.mss, ip.tcp?.checksumState])).toEqual([
    [46, 1360, 'valid'],
    [46, undefined, 'valid'],
    [0, 1300, 'valid'],
  ])
})

test('ids-log: one line per scan', async () => {
  const { watcher } = await load('ids-log')
  const written: string[] = []
  const observer: Observer = watcher((line: string) => written.push(line), { ports: 3, seconds: 5, now: () => 1_000 })
  const probe = (source: string, port: number) => [tcp(`${source}:999 > 10.0.0.9:${port}`, { syn: true })] as const
  const probes = [
    ...[1, 2, 3, 4, 5, 6].map((port) => probe('10.0.0.66', port)),
    ...[80, 80, 80, 80, 80].map((port) => probe('10.0.0.1', port)),
  ]
  const outcomes = await judged((packet) => packet.accept(), probes, {}, observer)
  expect(outcomes.every(({ verdict }) => verdict === 'accept')).toBe(true)
  expect(written.map((line) => JSON.parse(line))).toMatchObject([
    { event: 'port scan', source: '10.0.0.66', ports: 4, verdict: 'accept', packet: { hook: 'input' } },
  ])
})

describe('otlp-export', () => {
  type Attributes = Record<string, unknown>
  interface Field {
    readonly key: string
    readonly value: object
  }
  const valuesOf = (fields: readonly Field[]): Attributes =>
    Object.fromEntries(fields.map(({ key, value }) => [key, Object.values(value)[0]]))

  /** A collector that answers with these statuses, each when it is known, then with 200, and keeps what it took. */
  async function receiver(...statuses: (number | Promise<number>)[]) {
    const taken: { service: unknown; eventName: string; attributes: Attributes }[] = []
    let requests = 0
    const server = createServer(async (request, response) => {
      requests++
      const { resourceLogs } = JSON.parse(await text(request))
      const status = (await statuses.shift()) ?? 200
      if (status === 200) {
        expect([request.method, request.url, request.headers['content-type']]).toEqual([
          'POST',
          '/v1/logs',
          'application/json',
        ])
        for (const { resource, scopeLogs } of resourceLogs) {
          const service = valuesOf(resource.attributes)['service.name']
          for (const { eventName, attributes } of scopeLogs[0].logRecords)
            taken.push({ service, eventName, attributes: valuesOf(attributes) })
        }
      }
      response.writeHead(status, status === 503 ? { 'retry-after': '0' } : {}).end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const close = () => {
      server.closeAllConnections()
      server.close()
    }
    return { url: `http://127.0.0.1:${port}/v1/logs`, taken, requests: () => requests, [Symbol.dispose]: close }
  }

  test('tells of verdicts, and sends again what the collector had no time for', async () => {
    const { collector, telling } = await load('otlp-export')
    using server = await receiver(503)
    const provider = collector({ url: server.url })
    const outcomes = await judged(
      telling(provider.getLogger('test'), ({ ip }: Packet) => (ip?.tcp?.destinationPort === 23 ? 'drop' : 'accept')),
      [
        [tcp('192.0.2.10:1000 > 198.51.100.1:23', { syn: true })],
        [tcp('[2001:db8::1]:1001 > [2001:db8::2]:443', { syn: true })],
      ],
    )
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['drop', 'accept'])
    await provider.shutdown()
    expect(server.taken).toEqual([
      {
        service: 'filter',
        eventName: 'nfqueue.verdict',
        attributes: {
          verdict: 'drop',
          hook: 'input',
          'source.address': '192.0.2.10',
          'destination.address': '198.51.100.1',
          'destination.port': 23,
        },
      },
      {
        service: 'filter',
        eventName: 'nfqueue.verdict',
        attributes: expect.objectContaining({ verdict: 'accept', 'source.address': '2001:db8::1' }),
      },
    ])
    expect(server.requests()).toBe(2)
  })

  test('tells of connections that ended, with what they carried', async () => {
    const { collector, tellOfFlows } = await load('otlp-export')
    using server = await receiver()
    const provider = collector({ url: server.url })
    const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
    kernel.conntrack.settings.acct = true
    await using table: ConntrackTable = await openConntrack(kernel.connect())
    const events = table.events({ kinds: ['destroy'] })
    const told = tellOfFlows(provider.getLogger('test'), events)
    const asked = udp('10.0.0.1:4000 > 10.0.0.2:53', { payload: 'a question' })
    await kernel.deliver(asked, { queue: null })
    kernel.advance(600)
    await until(() => {
      void provider.forceFlush()
      return server.taken.length > 0
    }, 'the end of the connection')
    expect(server.taken[0]).toMatchObject({
      eventName: 'conntrack.flow',
      attributes: {
        'source.address': '10.0.0.1',
        'destination.address': '10.0.0.2',
        'destination.port': 53,
        'source.bytes': asked.length,
      },
    })
    events.close()
    await told
    await provider.shutdown()
  })

  test('a collector that is slower than the traffic costs records, which are counted, and no packet', async () => {
    const { collector, telling } = await load('otlp-export')
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
    let answer!: (status: number) => void
    using server = await receiver(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const provider = collector({ url: server.url, most: 3, meters })
    const packets = Array.from({ length: 20 }, (_, i) => tcp(`192.0.2.10:${i} > 198.51.100.1:443`, { syn: true }))
    const outcomes = await judged(
      telling(provider.getLogger('test'), () => 'accept'),
      packets.map((packet) => [packet]),
    )
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(packets.map(() => 'accept'))
    answer(200)
    await provider.shutdown()
    await meters.forceFlush()
    const counted = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .filter(({ descriptor }) => descriptor.name === 'otel.sdk.processor.log.processed')
      .flatMap(({ dataPoints }): DataPoint<unknown>[] => dataPoints)
      .filter(({ attributes }) => attributes['error.type'] !== undefined)
    const leftOut = counted.reduce((sum, { value }) => sum + (value as number), 0)
    expect(leftOut).toBeGreaterThan(10)
    expect(server.taken.length + leftOut).toBe(packets.length)
    await meters.shutdown()
  })
})
