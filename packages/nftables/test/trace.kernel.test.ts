import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Packet, type Queue } from '@nfkit/nfqueue'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { steadyLoad } from '../../../test/load.ts'
import {
  accept,
  counter,
  ct,
  drop,
  ip,
  jump,
  meta,
  type Nftables,
  openNftables,
  parse,
  printRule,
  QueuesBusyError,
  type TracedPath,
  type TraceOptions,
  table,
  queue as toQueue,
  udp,
} from '../src/index.ts'

const port = 9000
const nft = (...args: string[]) => execFileSync('nft', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
const tables = () => nft('list', 'tables').trim()

/** Numbered UDP packets over loopback, from a program of its own: so many each 10 ms. */
const sending = (count: number, each: number, to = port) =>
  spawn(
    process.execPath,
    [
      '-e',
      `const socket = require('node:dgram').createSocket('udp4')
       let n = 0
       const message = Buffer.alloc(4)
       const start = performance.now()
       const turn = () => {
         const due = Math.min(${count}, Math.ceil((performance.now() - start) / 10) * ${each})
         for (; n < due; n++) socket.send(Buffer.from(Uint32Array.of(n).buffer), ${to}, '127.0.0.1')
         if (n < ${count}) setTimeout(turn, 2)
         else setTimeout(() => socket.close(), 100)
       }
       socket.bind(0, '127.0.0.1', turn)`,
    ],
    { stdio: 'inherit' },
  )
const sent = async (count: number, each = 1, to = port) => void (await once(sending(count, each, to), 'exit'))

let ours: Nftables
beforeEach(async () => {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  nft('flush', 'ruleset')
  ours = await openNftables(openMnl())
})
afterEach(() => {
  ours.close()
  nft('flush', 'ruleset')
})

const fw = table('inet', 'fw', { sources: 'file' })
const input = fw.chain('in', { hook: 'input', priority: 0 })

/** The first path of packets to the port at a hook of their way. */
async function pathsOf(options: TraceOptions = {}): Promise<readonly TracedPath[]> {
  const trace = await ours.trace([udp.dport.is(port)], { packets: 2, durationMilliseconds: 5_000, ...options })
  const paths: TracedPath[] = []
  await trace.begin()
  const done = sent(1)
  for await (const path of trace) paths.push(path)
  await done
  expect(await trace.ended).toEqual({ hooks: 'gone', lost: 0 })
  expect(tables()).not.toContain('nfkit-trace')
  return paths
}

const told = ({ steps }: TracedPath) =>
  steps.map(({ chain, kind, rule, verdict }) =>
    [chain, kind, verdict?.kind, rule && `"${printRule(rule)}"`, rule?.source?.replace(/:\d+$/, '')]
      .filter(Boolean)
      .join(' '),
  )

describe('a path', () => {
  test('has the rules in nft’s words, their lines of source, and what decided', async () => {
    const deep = fw.chain('deep')
    await ours.commit((batch) =>
      batch.add(
        fw,
        deep,
        input,
        input.rule(udp.dport.is(port), counter(), jump(deep)),
        deep.rule(ip.daddr.is('10.0.0.0/8'), accept()),
        deep.rule(ip.daddr.is('127.0.0.0/8'), drop()),
      ),
    )
    const [out, back] = await pathsOf()
    expect(out).toMatchObject({ outcome: { kind: 'sent' }, steps: [] })
    expect(out?.hooks).toEqual([
      { hook: 'output', left: true },
      { hook: 'postrouting', left: true },
    ])
    expect(back?.hooks).toEqual([
      { hook: 'prerouting', left: true },
      { hook: 'input', left: false },
    ])
    expect(told(back!)).toEqual([
      expect.stringMatching(
        /^in rule jump "udp dport 9000 counter packets \d+ bytes \d+ jump deep" trace.kernel.test.ts$/,
      ),
      'deep rule drop "ip daddr 127.0.0.0/8 drop" trace.kernel.test.ts',
    ])
    expect(back?.outcome).toEqual({ kind: 'dropped', step: back?.steps[1] })
  })

  test('ends at the policy that drops, and otherwise at the socket', async () => {
    await ours.commit((batch) => batch.add(fw, fw.chain('in', { hook: 'input', policy: 'drop' })))
    expect((await pathsOf())[1]?.outcome).toMatchObject({
      kind: 'dropped',
      step: { kind: 'policy', chain: 'in', base: { hook: 'input', priority: 0 } },
    })
    nft('flush', 'ruleset')
    expect((await pathsOf())[1]?.outcome).toEqual({ kind: 'delivered' })
  })

  test('ends at a queue that no program reads', async () => {
    await ours.commit((batch) => batch.add(fw, input, input.rule(udp.dport.is(port), toQueue(7))))
    expect((await pathsOf())[1]?.outcome).toMatchObject({ kind: 'queued', queue: 7, step: { chain: 'in' } })
  })

  test('tells where a packet was lost without a rule', async () => {
    execFileSync('sh', ['-c', 'iptables-legacy -A INPUT -p udp -j DROP'])
    try {
      expect((await pathsOf())[1]?.outcome).toEqual({ kind: 'vanished', hook: 'prerouting', where: 'behind' })
    } finally {
      execFileSync('sh', ['-c', 'iptables-legacy -F INPUT'])
    }
  })

  test('says which conditions of a rule do not hold, and which rule it never came to', async () => {
    const rules = [
      input.rule(...parse(`meta mark 1 udp dport ${port} ip saddr 10.0.0.1 accept`)),
      input.rule(accept()),
      input.rule(udp.dport.is(port), drop()),
    ]
    await ours.commit((batch) => batch.add(fw, input, ...rules))
    const asked = (await ours.list()).tables[0]!.chains[0]!.rules
    const [, back] = await pathsOf({ asked })
    expect(back?.missed).toEqual([
      { rule: asked[0], conditions: [meta.mark.is(1), ip.saddr.is('10.0.0.1')] },
      { rule: asked[2], conditions: [] },
    ])
  })
})

describe('a trace', () => {
  test('follows so many packets and no more, and is gone when its loop is left', async () => {
    const trace = await ours.trace([udp.dport.is(port)], { packets: 3, rate: 100 })
    await trace.begin()
    const sending = sent(50, 10)
    let count = 0
    for await (const _ of trace) count++
    expect(count).toBe(3)
    await sending
    await trace.ended
    const left = await ours.trace([udp.dport.is(port)])
    await left.begin()
    expect(tables()).toContain('nfkit-trace')
    await left.end()
    expect(tables()).toBe('')
  })

  test('refuses what no rule can say where packets begin their way', async () => {
    await expect(ours.trace([ct.state.in(['new'])])).rejects.toThrow(/ct state is not known where packets begin/)
    await expect(ours.trace([drop()])).rejects.toThrow(/"drop" is no condition/)
    await expect(ours.trace([], { packets: 0 })).rejects.toThrow(RangeError)
    expect(tables()).toBe('')
  })
})

describe('beside a queue', () => {
  let judge: Queue
  beforeEach(async () => {
    judge = await openQueue(openMnl(), { number: 5, deadlineMilliseconds: Number.POSITIVE_INFINITY })
  })
  afterEach(() => judge.close())

  test('with 10,000 packets a second, none is lost and none is judged twice', async () => {
    await judge.close()
    // A pause of this program must fill no queue: what is lost then is not lost by the trace.
    judge = await openQueue(openMnl(), { number: 5, maxLength: 65_535, receiveBuffer: 64 << 20 })
    const seen = fw.chain('seen', { hook: 'prerouting', priority: 10 })
    const last = fw.chain('last', { hook: 'input', priority: 10 })
    await ours.commit((batch) =>
      batch.add(
        fw,
        seen,
        input,
        last,
        seen.rule(udp.dport.is(port), counter()),
        input.rule(udp.dport.is(port), toQueue(5)),
        last.rule(udp.dport.is(port), counter()),
      ),
    )
    const count = 30_000
    const judged = new Uint8Array(count)
    judge.run((packet) => {
      judged[Buffer.from(packet.payload!).readUInt32LE(28)]!++
      packet.accept()
    })
    const sending = sent(count, 100)
    await expect.poll(() => judge.stats().received, { timeout: 20_000 }).toBeGreaterThan(3_000)
    let paths = 0
    for (let round = 0; round < 3; round++) {
      const trace = await ours.trace([udp.dport.is(port)], { packets: 4, durationMilliseconds: 300 })
      expect(trace.risks.map(({ effect, queue }) => [effect, queue])).toEqual([['lost', 5]])
      // What is accepted so late that it was told of before is `queued`.
      for await (const { steps, outcome } of trace)
        if (steps.some(({ verdict }) => verdict?.kind === 'queue') && outcome.kind === 'delivered') paths++
    }
    await sending
    await expect.poll(tables, { timeout: 20_000 }).not.toContain('nfkit-trace')
    expect(paths).toBeGreaterThan(0)
    const counted = (chain: string) =>
      Number(/counter packets (\d+)/.exec(nft('list', 'chain', 'inet', 'fw', chain))?.[1] ?? 0)
    const arrived = counted('seen')
    expect(arrived).toBeGreaterThan(count / 2)
    await expect.poll(() => judged.reduce((sum, times) => sum + times, 0), { timeout: 20_000 }).toBe(arrived)
    expect(Math.max(...judged)).toBe(1)
    expect(counted('last')).toBe(arrived)
  })

  test('whose packets come without a pause, it leaves its hooks, and none is lost', async () => {
    // One always waits, whatever the machine has to do.
    let waiting: Packet | undefined
    judge.run((packet) => {
      packet.hold()
      waiting?.accept()
      waiting = packet
    })
    const last = fw.chain('last', { hook: 'input', priority: 10 })
    await ours.commit((batch) =>
      batch.add(fw, input, last, input.rule(udp.dport.is(port), toQueue(5)), last.rule(udp.dport.is(port), counter())),
    )
    using load = steadyLoad('127.0.0.1', port, 2_000)
    await expect.poll(() => judge.stats().received, { timeout: 20_000 }).toBeGreaterThan(1_000)
    const tracer = await openNftables(openMnl())
    const trace = await tracer.trace([udp.dport.is(port)], { packets: 2, patienceMilliseconds: 500 })
    let paths = 0
    for await (const _ of trace) paths++
    expect(paths).toBe(2)
    expect(await trace.ended).toEqual({ hooks: 'left', lost: 0 })
    const left = nft('list', 'ruleset')
    expect(left).toContain('table inet nfkit-trace')
    expect(left).not.toContain('nftrace')
    const { sent } = await load.stop()
    await expect.poll(() => judge.stats().received, { timeout: 20_000 }).toBe(sent)
    waiting?.accept()
    const arrived = () => Number(/counter packets (\d+)/.exec(nft('list', 'chain', 'inet', 'fw', 'last'))?.[1])
    await expect.poll(arrived, { timeout: 20_000 }).toBe(sent)
    tracer.close()
    await expect.poll(tables).toBe('table inet fw')
  })

  test('whose packets would come back to it, it begins when none waits, and refuses to where one always does', async () => {
    const out = fw.chain('out', { hook: 'output', priority: 0 })
    await ours.commit((batch) => batch.add(fw, out, out.rule(udp.dport.is(port), toQueue(5))))
    const waiting: Packet[] = []
    let judged = 0
    judge.run((packet) => {
      judged++
      packet.hold()
      waiting.push(packet)
    })
    await sent(3)
    await expect.poll(() => waiting.length).toBe(3)
    const refused = await ours.trace([udp.dport.is(port)], { patienceMilliseconds: 100 })
    expect(refused.risks).toMatchObject([
      { effect: 'judged twice', queue: 5, waiting: 3, text: expect.stringContaining('output by fw out') },
      { effect: 'lost', queue: 5, waiting: 3 },
    ])
    await expect(refused.begin()).rejects.toThrow(QueuesBusyError)
    expect(tables()).toBe('table inet fw')
    const trace = await ours.trace([udp.dport.is(port)])
    const begun = trace.begin()
    for (const packet of waiting.splice(0)) packet.accept()
    await begun
    expect(tables()).toContain('nfkit-trace')
    // Its end waits for the packet that waits.
    await sent(1)
    await expect.poll(() => waiting.length).toBe(1)
    const ended = trace.end()
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(nft('list', 'ruleset')).not.toContain('nftrace')
    expect(tables()).toContain('nfkit-trace')
    for (const packet of waiting.splice(0)) packet.accept()
    expect(await ended).toEqual({ hooks: 'gone', lost: 0 })
    expect(judged).toBe(4)
    expect(tables()).toBe('table inet fw')
  })
})
