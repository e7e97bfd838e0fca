import { spawnSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { type Handler, openQueue, type Packet } from '@nfkit/nfqueue'
import { counter, drop, openNftables, table, queue as toQueue, udp } from '@nfkit/nftables'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sendUdp, sh, udpListener } from '../../../test/host.ts'
import { steadyLoad } from '../../../test/load.ts'
import { Cli } from './cli.ts'

// In the virtual machine with stock Debian kernels programs start slowly.
const patienceMilliseconds = 60_000
const running: Cli[] = []

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > patienceMilliseconds) throw new Error(`waited in vain: ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function started(...args: string[]): Cli {
  const run = new Cli(args)
  running.push(run)
  return run
}

async function ended(run: Cli): Promise<Cli> {
  await until(
    () => run.code !== undefined,
    () => `the end: ${run.err}`,
  )
  return run
}

/** A session that has installed its rule. */
async function live(...args: string[]): Promise<Cli> {
  const run = started(...args)
  await until(
    () => run.err.includes('installed ') || run.code !== undefined,
    () => `the rule: ${run.err}`,
  )
  expect(run.err).toMatch(/^nfqueue-test: installed nf_tables: table inet nfqtest_/m)
  return run
}

const ours = () => sh('nft list tables').match(/table inet nfqtest_\w+/g) ?? []

beforeEach(() => {
  sh('ip link set lo up; nft flush ruleset')
})
afterEach(() => {
  for (const run of running.splice(0)) run.process.kill('SIGKILL')
  sh('nft flush ruleset')
})

test('--rule feeds the queue for both IP versions, and is gone at the end', async () => {
  const run = await live('3', '--rule', 'udp dport 5353', '--count', '2', '--json', '--verdict', 'drop')
  expect(sh('nft list ruleset 2>/dev/null')).toMatch(/udp dport 5353 queue (flags bypass to 3|num 3 bypass)/)
  await sendUdp('127.0.0.1', 5353, ['a'])
  await sendUdp('::1', 5353, ['b'])
  expect((await ended(run)).code).toBe(0)
  expect(run.out.match(/"version":\d/g)).toEqual(['"version":4', '"version":6'])
  expect(ours()).toEqual([])
})

test('conditions that iptables does not know, in another hook', async () => {
  const run = await live('3', '--rule', 'meta length 30 udp dport { 5353, 5354 }', '--hook', 'output', '--count', '1')
  await sendUdp('127.0.0.1', 5353, ['a', 'bc'])
  expect((await ended(run)).code).toBe(0)
  expect(run.out).toMatch(/^\S+ #1 queue 3 output out lo .*30 bytes/)
  expect(ours()).toEqual([])
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
  '%s leaves nothing, and packets pass',
  async (signal) => {
    const run = await live('3', '--rule', 'udp dport 5353')
    expect(ours()).toHaveLength(1)
    run.process.kill(signal)
    expect((await ended(run)).code).toBe(signal === 'SIGKILL' ? null : 0)
    expect(ours()).toEqual([])
    using listener = await udpListener('127.0.0.1', 5353)
    await sendUdp('127.0.0.1', 5353, ['a'])
    await until(
      () => listener.got.length === 1,
      () => 'the packet',
    )
  },
)

/** The queue of another program, which holds what it gets or accepts it; `through` counts what came through it. */
async function otherProgram(port: number, judge: Handler) {
  const nft = await openNftables(openMnl())
  const other = await openQueue(openMnl(), { number: 9, maxLength: 65_535, deadlineMilliseconds: 60_000 })
  other.run(judge)
  const own = table('inet', 'other')
  // A chain that comes in front of it would have what waits queued twice.
  const queueing = own.chain('queueing', { hook: 'input', priority: -20 })
  const behind = own.chain('behind', { hook: 'input', priority: 30 })
  const passed = own.counter('passed')
  await nft.commit((batch) =>
    batch.add(
      own,
      queueing,
      behind,
      passed,
      queueing.rule(udp.dport.is(port), toQueue(9)),
      behind.rule(udp.dport.is(port), counter(passed), drop()),
    ),
  )
  const through = async () => {
    const [listed] = (await nft.list({ table: own })).tables
    const state = listed?.objects[0]?.object.state
    return state?.kind === 'counter' ? Number(state.packets ?? 0n) : 0
  }
  const close = async () => {
    await other.close()
    nft.close()
  }
  return { through, other, [Symbol.asyncDispose]: close }
}

test('a normal end costs no other queue a packet that waits', async () => {
  const waiting: Packet[] = []
  await using other = await otherProgram(9100, (packet) => {
    packet.hold()
    waiting.push(packet)
  })
  await sendUdp('127.0.0.1', 9100, Array(50).fill('x'))
  await until(
    () => waiting.length === 50,
    () => 'packets that wait',
  )
  const run = await live('3', '--rule', 'tcp dport 2222')
  run.process.kill('SIGTERM')
  expect((await ended(run)).code).toBe(0)
  expect(run.err).toMatch(/there remains the empty table nfqtest_\w+ until no packet waits in any queue/)
  expect(sh('nft list ruleset 2>/dev/null')).not.toContain('2222')
  for (const packet of waiting) packet.accept()
  await expect.poll(other.through, { timeout: patienceMilliseconds }).toBe(50)
  await expect.poll(ours, { timeout: patienceMilliseconds }).toEqual([])
})

test('five normal ends beside a queue of 10,000 packets/s cost it none', async () => {
  await using other = await otherProgram(9101, (packet) => packet.accept())
  using load = steadyLoad('127.0.0.1', 9101, 10_000)
  for (let i = 0; i < 5; i++) {
    const run = await live('3', '--rule', 'tcp dport 2222')
    run.process.kill('SIGTERM')
    expect((await ended(run)).code).toBe(0)
  }
  const { sent } = await load.stop()
  expect(sent).toBeGreaterThan(1_000)
  await expect.poll(other.through, { timeout: patienceMilliseconds }).toBe(sent)
  await expect.poll(ours, { timeout: patienceMilliseconds }).toEqual([])
})

test('doctor tells of a rule of nft, and of one of iptables over nftables once', async () => {
  await using nft = await openNftables(openMnl())
  const own = table('inet', 'own')
  const input = own.chain('input', { hook: 'input' })
  await nft.commit((batch) => batch.add(own, input, input.rule(udp.dport.is(2222), toQueue(7, { bypass: true }))))
  const hasIptables = /nf_tables/.test(spawnSync('iptables', ['--version'], { encoding: 'utf8' }).stdout ?? '')
  if (hasIptables) sh('iptables -w -A INPUT -p udp --dport 53 -j NFQUEUE --queue-num 7 --queue-bypass')
  const run = await ended(started('doctor', '7', '--json'))
  const fed = run.out.match(/fed by: [^"]*/g) ?? []
  expect(fed.filter((text) => text.startsWith('fed by: inet'))).toEqual([
    'fed by: inet own input udp dport 2222 queue flags bypass to 7',
  ])
  expect(fed).toHaveLength(hasIptables ? 2 : 1)
})

test('a rule that cannot be is one sentence, and leaves nothing', async () => {
  const cut = await ended(started('3', '--rule', 'tcp dport'))
  expect([cut.code, cut.out]).toEqual([1, ''])
  expect(cut.err).toMatch(/^nfqueue-test: the rule "tcp dport" cannot be installed: .*\n$/)
  const accepting = await ended(started('3', '--rule', 'tcp dport 22 accept'))
  expect(accepting.err).toMatch(/^nfqueue-test: the rule "tcp dport 22 accept" would not feed queue 3: .*\n$/)
  const nowhere = await ended(started('3', '--rule', 'ip saddr @nowhere'))
  expect([nowhere.code, nowhere.err]).toEqual([
    1,
    'nfqueue-test: the rule "ip saddr @nowhere" cannot be installed: lookup: set "nowhere" does not exist\n',
  ])
  expect(ours()).toEqual([])
})

test('rules are listed in the language of nft, which takes them, and as JSON', async () => {
  sh(
    'nft "table inet own { set s { type ipv4_addr; elements = { 10.0.0.1 } }; chain c { ip saddr @s tcp dport 22 accept; }; }"',
  )
  const text = (await ended(started('rules'))).out
  const before = sh('nft list ruleset')
  sh('nft flush ruleset')
  spawnSync('nft', ['-f', '-'], { input: text })
  expect(sh('nft list ruleset')).toBe(before)
  const one = JSON.parse((await ended(started('rules', '--json', '--table', 'inet own'))).out)
  expect(one.chains[0].rules[0]).toEqual({ handle: expect.any(String), text: 'ip saddr @s tcp dport 22 accept' })
  expect(one.sets[0].elements).toEqual([{ text: '10.0.0.1' }])
  const none = await ended(started('rules', '--table', 'inet none'))
  expect([none.code, none.err]).toEqual([1, 'nfqueue-test: there is no table inet none\n'])
})

test('rules are watched: each commit, with who made it', async () => {
  const [text, json] = [started('rules', 'watch'), started('rules', 'watch', '--json')]
  const told = (run: Cli) => run.out.includes('own')
  for (let i = 0; !told(text) || !told(json); i++) {
    sh(`nft add table inet own${i}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    if (i > patienceMilliseconds / 100) throw new Error('nothing was told')
  }
  sh('nft "add chain inet own0 c; add rule inet own0 c tcp dport 22 counter accept"')
  for (const run of [text, json])
    await until(
      () => run.out.includes('dport 22'),
      () => `the rule: ${run.out}`,
    )
  text.process.kill('SIGTERM')
  json.process.kill('SIGTERM')
  expect((await ended(text)).code).toBe(0)
  expect(text.out).toMatch(
    /# generation \d+, by nft \(process \d+\)\nadd chain inet own0 c\nadd rule inet own0 c tcp dport 22 counter accept\n$/,
  )
  await ended(json)
  const [last] = json.out.trimEnd().split('\n').slice(-1)
  expect(JSON.parse(last!)).toMatchObject({
    kind: 'commit',
    processName: 'nft',
    changes: [
      { action: 'add', kind: 'chain', name: 'c' },
      { action: 'add', text: 'add rule inet own0 c tcp dport 22 counter accept' },
    ],
  })
})
