import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sendUdp, sh, udpListener } from '../../../test/host.ts'
import { nftCanQueue } from '../src/rule/nft.ts'
import { Cli } from './cli.ts'

// Stock Debian kernels can, in the virtual machine: there programs start slowly.
const obstacle = nftCanQueue() ? undefined : 'kernel: nft cannot queue (NFT_QUEUE)'
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
  expect(run.err).toMatch(/^nfqueue-test: installed nft: table inet nfqtest_/m)
  return run
}

const ours = () => sh('nft list ruleset').match(/table inet nfqtest_\w+/g) ?? []

beforeEach((context) => {
  if (obstacle !== undefined) context.skip(obstacle)
  sh('ip link set lo up; nft flush ruleset')
})
afterEach(() => {
  for (const run of running.splice(0)) run.process.kill('SIGKILL')
})

test('--rule feeds the queue through nft for both IP versions, and is gone at the end', async () => {
  const run = await live('3', '--rule', 'udp dport 5353', '--count', '2', '--json', '--verdict', 'drop')
  expect(sh('nft list ruleset')).toMatch(/udp dport 5353 queue (flags bypass to 3|num 3 bypass)/)
  await sendUdp('127.0.0.1', 5353, ['a'])
  await sendUdp('::1', 5353, ['b'])
  expect((await ended(run)).code).toBe(0)
  expect(run.out.match(/"version":\d/g)).toEqual(['"version":4', '"version":6'])
  expect(ours()).toEqual([])
})

test('conditions only nft knows, in another hook', async () => {
  const run = await live('3', '--rule', 'meta length 30 udp dport { 5353, 5354 }', '--hook', 'output', '--count', '1')
  await sendUdp('127.0.0.1', 5353, ['a', 'bc'])
  expect((await ended(run)).code).toBe(0)
  expect(run.out).toMatch(/^\S+ #1 queue 3 output out lo .*30 bytes/)
  expect(ours()).toEqual([])
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s removes the rule', async (signal) => {
  const run = await live('3', '--rule', 'tcp dport 2222')
  expect(ours()).toHaveLength(1)
  run.process.kill(signal)
  expect((await ended(run)).code).toBe(0)
  expect(ours()).toEqual([])
})

test('after SIGKILL packets pass, and cleanup removes the rule', async () => {
  const killed = await live('3', '--rule', 'udp dport 5353')
  killed.process.kill('SIGKILL')
  await ended(killed)
  expect(ours()).toHaveLength(1)
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['a'])
  await until(
    () => listener.got.length === 1,
    () => 'the packet nobody judges',
  )
  const cleanup = await ended(started('cleanup'))
  expect([cleanup.code, cleanup.err]).toEqual([0, ''])
  expect(cleanup.out).toMatch(
    new RegExp(`^removed: nft table inet nfqtest_${killed.process.pid?.toString(36)}_\\w+, of process`),
  )
  expect(ours()).toEqual([])
})

test('doctor tells of a rule of nft, and of one of iptables over nftables once', async () => {
  sh(
    'nft "table inet own { chain input { type filter hook input priority 0; tcp dport 2222 queue flags bypass to 7; }; }"',
  )
  const hasIptables = /nf_tables/.test(spawnSync('iptables', ['--version'], { encoding: 'utf8' }).stdout ?? '')
  if (hasIptables) sh('iptables -w -A INPUT -p udp --dport 53 -j NFQUEUE --queue-num 7 --queue-bypass')
  const run = await ended(started('doctor', '7', '--json'))
  const fed = run.out.match(/fed by: [^"]*/g) ?? []
  expect(fed.filter((text) => text.startsWith('fed by: nft'))).toEqual([
    expect.stringMatching(/tcp dport 2222 queue (flags bypass to 7|num 7 bypass)/),
  ])
  expect(fed).toHaveLength(hasIptables ? 2 : 1)
})

test('what nft does not understand is one sentence, and leaves nothing', async () => {
  const run = await ended(started('3', '--rule', 'tcp dport'))
  expect([run.code, run.out]).toEqual([1, ''])
  expect(run.err).toMatch(/^nfqueue-test: the rule "tcp dport" cannot be installed: nft: .*\n$/)
  expect(ours()).toEqual([])
})
