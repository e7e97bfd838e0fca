import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openConntrack } from '@nfkit/conntrack'
import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import { tcp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { openNftables } from '@nfkit/nftables'
import { type Host, SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'examples/side-by-side')
const load = (name: string) => import(join(folder, `${name}.mjs`))
const syn = (ends: string) => tcp(ends, { syn: true })

/** What became of attempts to connect. */
async function attempts(kernel: SimulatedKernel, from: Host, to: readonly string[]): Promise<string> {
  const sockets = to.map((end) => from.connect(end))
  await kernel.run(1)
  return (await Promise.allSettled(sockets.map(({ opened }) => opened))).map(({ status }) => status).join()
}

test('each page shows two programs side by side, and each program is on a page', () => {
  const pages = readdirSync(join(root, 'docs/side-by-side')).filter((name) => name !== 'README.md')
  const shown = pages.flatMap((page) => {
    const text = readFileSync(join(root, 'docs/side-by-side', page), 'utf8')
    const [, section = ''] = /^## Side by side\n(.*?)^## /ms.exec(text) ?? []
    const programs = Array.from(
      section.matchAll(/\]\(\.\.\/\.\.\/examples\/side-by-side\/([\w.-]+)\)/g),
      ([, name]) => name!,
    )
    expect(programs.length, page).toBe(2)
    expect(text, page).toMatch(/^## What is better, and what is not$/m)
    return programs
  })
  expect(shown.sort()).toEqual(readdirSync(folder).sort())
})

test('opensnitch: a program that is refused does not connect, another does', async () => {
  const { openPrograms } = await load('opensnitch')
  const kernel = new SimulatedKernel()
  const programs = ['/usr/bin/curl', '/usr/bin/ssh']
  for (const [i] of programs.entries())
    kernel.openSocket({ local: `192.0.2.10:${40_000 + i}`, remote: '198.51.100.1:8080', uid: i })
  const programOf = ({ uid }: { uid: number }) => programs[uid]
  await using firewall = await openPrograms(() => kernel.connect(), ['/usr/bin/curl'], programOf)
  const verdicts: unknown[] = []
  firewall.on('judged', ({ verdict }: { verdict: string }) => verdicts.push(verdict))
  for (const port of [40_000, 40_001, 40_002])
    await kernel.deliver(syn(`192.0.2.10:${port} > 198.51.100.1:8080`), { hook: 'output', outdev: 'eth0' })
  expect(verdicts).toEqual(['reject', 'accept', 'accept'])
})

describe('kube-network-policies', () => {
  const cluster = {
    pods: { '10.0.0.1': { app: 'web' }, '10.0.0.2': { app: 'cron' }, '10.0.0.3': { app: 'database' } },
    policies: [{ to: { app: 'database' }, from: { app: 'web' }, ports: [5432] }],
  }

  test('a pod is reached as policies say, by all while none is about it', async () => {
    const { openNode } = await load('kube-network-policies')
    const kernel = new SimulatedKernel()
    await using _ = await openNode(
      () => kernel.connect(),
      () => cluster,
    )
    const [web, cron, database] = Object.keys(cluster.pods).map((address) => kernel.host(address))
    for (const port of [5432, 22]) database!.listen(port, () => {})
    web!.listen(80, () => {})
    expect(await attempts(kernel, web!, ['10.0.0.3:5432', '10.0.0.3:22'])).toBe('fulfilled,rejected')
    expect(await attempts(kernel, cron!, ['10.0.0.3:5432', '10.0.0.1:80'])).toBe('rejected,fulfilled')
  })
})

describe('bouncer', () => {
  test('drops what is banned while it is, and says which line was wrong', async () => {
    const { openBouncer, obey } = await load('bouncer')
    const kernel = new SimulatedKernel()
    await using nft = await openNftables(kernel.connect())
    const bouncer = await openBouncer(nft)
    const verdict = async () => (await kernel.deliver(syn('192.0.2.7:4000 > 198.51.100.1:22'))).verdict
    expect(await verdict()).toBe('accept')
    expect(await obey(bouncer, 'ban 192.0.2.7 600')).toBeUndefined()
    expect(await verdict()).toBe('drop')
    kernel.advance(500)
    expect(await obey(bouncer, 'ban 192.0.2.7 600')).toBeUndefined() // again, from now on
    kernel.advance(500)
    expect(await verdict()).toBe('drop')
    kernel.advance(200)
    expect(await verdict()).toBe('accept')
    expect(await obey(bouncer, 'lift 192.0.2.7')).toBeUndefined() // gone already
    expect(await obey(bouncer, 'ban 192.0.2.0/24 600')).toMatch(/^ban 192\.0\.2\.0\/24 600: .*interval/)
    expect(await obey(bouncer, 'bam 192.0.2.7')).toBe('neither ban nor lift: bam 192.0.2.7')
  })
})

describe('netfilterqueue', () => {
  const packets = [
    tcp('192.0.2.10:1000 > 198.51.100.1:443', { syn: true, ttl: 128 }),
    tcp('192.0.2.10:1000 > 198.51.100.1:443', { ack: true, ttl: 64, payload: 'hello' }),
    tcp('192.0.2.10:1001 > 198.51.100.1:23', { syn: true, ttl: 128 }),
  ]
  const expected = [64, 64, undefined]

  test('hops are 64, telnet is dropped', async () => {
    const { judge } = await load('netfilterqueue')
    const kernel = new SimulatedKernel()
    await using queue = await openQueue(kernel.connect(), { number: 0 })
    queue.run(judge)
    const hops: unknown[] = []
    for (const packet of packets) {
      const { verdict, payload } = await kernel.deliver(packet)
      const ip = parseIp(payload)!
      if (verdict === 'accept') expect(internetChecksum(payload.subarray(0, 20))).toBe(0)
      hops.push(verdict === 'accept' ? ip.ttl : undefined)
    }
    expect(hops).toEqual(expected)
  })

  test('theirs says the same of the same packets', (context) => {
    const python = '/usr/bin/python3'
    if (spawnSync(python, ['-c', 'import scapy']).status !== 0) return context.skip('scapy is not installed')
    const script = `
import importlib.util, sys
spec = importlib.util.spec_from_file_location("program", ${JSON.stringify(join(folder, 'netfilterqueue.py'))})
program = importlib.util.module_from_spec(spec)
spec.loader.exec_module(program)

class Packet:
    def __init__(self, payload): self.payload, self.verdict = payload, None
    def get_payload(self): return self.payload
    def set_payload(self, payload): self.payload = payload
    def accept(self): self.verdict = "accept"
    def drop(self): self.verdict = "drop"

for line in sys.stdin:
    packet = Packet(bytes.fromhex(line))
    program.judge(packet)
    print(packet.payload.hex() if packet.verdict == "accept" else "")
`
    const input = packets.map((packet) => Buffer.from(packet).toString('hex')).join('\n')
    const lines = execFileSync(python, ['-c', script], { input, encoding: 'utf8' }).split('\n').slice(0, -1)
    const hops = lines.map((line) => (line === '' ? undefined : parseIp(Buffer.from(line, 'hex'))!.ttl))
    expect(hops).toEqual(expected)
  })
})

test('go-nfqueue: the rule brings packets of its port, and the judge lets in the local network', async () => {
  const { judge, rulesFor } = await load('go-nfqueue')
  const kernel = new SimulatedKernel()
  await using queue = await openQueue(kernel.connect(), { number: 0 })
  await using nft = await openNftables(kernel.connect())
  await nft.commit((batch) => batch.add(...rulesFor(8080, 0)))
  queue.run(judge)
  const outcomes = []
  for (const ends of [
    '192.0.2.7:1 > 198.51.100.1:8080',
    '203.0.113.9:1 > 198.51.100.1:8080',
    '203.0.113.9:1 > 198.51.100.1:22',
  ])
    outcomes.push(await kernel.deliver(syn(ends)))
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(['accept', 'drop', 'accept'])
  expect(queue.stats().received).toBe(2)
})

test('scripts: a host is banned, its connections are counted and end', async () => {
  const { banish } = await load('scripts')
  const kernel = new SimulatedKernel()
  await using ct = await openConntrack(kernel.connect())
  await using nft = await openNftables(kernel.connect())
  for (const [port, to] of [
    [4000, 443],
    [4001, 443],
    [4002, 22],
  ] as const)
    await ct.create({
      original: {
        protocol: 'tcp',
        source: { address: '192.0.2.7', port },
        destination: { address: '198.51.100.1', port: to },
      },
      timeoutSeconds: 600,
    })
  expect(await banish(ct, nft, '192.0.2.7')).toEqual(
    new Map([
      [443, 2],
      [22, 1],
    ]),
  )
  expect(await banish(ct, nft, '192.0.2.8')).toEqual(new Map())
  expect(await ct.count()).toBe(0)
  for (const host of ['192.0.2.7', '192.0.2.8'])
    expect((await kernel.deliver(syn(`${host}:4000 > 198.51.100.1:443`))).verdict).toBe('drop')
  const { tables } = await nft.list({ table: { family: 'inet', name: 'banished' } })
  expect(tables[0]!.chains[0]!.rules.length).toBe(1)
})
