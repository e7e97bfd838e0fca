import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshHost, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { Cli, cli } from './cli.ts'

const running: Cli[] = []

/** A session that has opened its queue and installed its rule. */
async function live(...args: string[]): Promise<Cli> {
  const run = new Cli(args)
  running.push(run)
  await until(() => run.err.includes('installed ') || run.code !== undefined, `the rule: ${run.err}`)
  return run
}

const rules = () => sh('iptables-save; ip6tables-save')
const ours = () => rules().match(/nfqtest_\w+/g) ?? []

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-rule-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  freshHost()
  sh('iptables -w -X; ip6tables -w -X')
})
afterEach(() => {
  for (const run of running.splice(0)) run.process.kill('SIGKILL')
})

test('--rule in the words of iptables feeds the queue for both IP versions, and is gone at the end', async () => {
  const run = await live('3', '--rule', '-p udp --dport 5353', '--count', '2', '--json', '--verdict', 'drop')
  expect(rules()).toMatch(/-A nfqtest_\w+ -p udp -m udp --dport 5353 -j NFQUEUE --queue-num 3 --queue-bypass/)
  await sendUdp('127.0.0.1', 5353, ['a'])
  await sendUdp('::1', 5353, ['b'])
  expect(await run.ended()).toBe(0)
  expect(run.out.match(/"version":\d/g)).toEqual(['"version":4', '"version":6'])
  expect(ours()).toEqual([])
})

test('--hook output, a condition of one version, in the words of iptables', async () => {
  const run = await live('3', '--rule', '-p udp -d 127.0.0.1 --dport 5353', '--hook', 'output', '--count', '1')
  expect(sh('ip6tables-save')).not.toContain('nfqtest')
  await sendUdp('127.0.0.1', 5353, ['a'])
  expect(await run.ended()).toBe(0)
  expect(run.out).toMatch(/^\S+ #1 queue 3 output out lo/)
  expect(ours()).toEqual([])
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s removes the rule', async (signal) => {
  const run = await live('3', '--rule', '-p tcp --dport 2222')
  expect(ours()).not.toEqual([])
  run.process.kill(signal)
  expect(await run.ended()).toBe(0)
  expect(ours()).toEqual([])
})

test('an uncaught error removes the rule', async () => {
  const handler = join(folder, 'late.mjs')
  writeFileSync(handler, 'export default () => setTimeout(() => { throw new Error("boom") })')
  const run = await live('3', '--rule', '-p udp --dport 5353', '--handler', handler)
  await sendUdp('127.0.0.1', 5353, ['a'])
  expect(await run.ended()).not.toBe(0)
  expect(run.err).toContain('boom')
  expect(ours()).toEqual([])
})

test('after SIGKILL packets pass, and cleanup removes the rule, but not that of a running program', async () => {
  const killed = await live('3', '--rule', '-p udp --dport 5353')
  killed.process.kill('SIGKILL')
  await killed.ended()
  const alive = await live('4', '--rule', '-p tcp --dport 2222')
  expect(new Set(ours()).size).toBe(2)

  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['a'])
  await until(() => listener.got.length === 1, 'the packet nobody judges')

  const dry = await cli(['cleanup', '--dry-run', '--json'])
  const left = dry.out.trimEnd().split('\n')
  expect(left.map((line) => JSON.parse(line))).toEqual(
    ['iptables', 'ip6tables'].map((family) => ({
      rule: expect.stringMatching(
        new RegExp(`^${family} chain nfqtest_${killed.process.pid?.toString(36)}_\\w+ of table filter$`),
      ),
      pid: killed.process.pid,
      removed: false,
      foreign: false,
    })),
  )
  const run = await cli(['cleanup'])
  expect([run.code, run.err]).toEqual([0, ''])
  expect(run.out.match(/^removed: /gm)).toHaveLength(2)
  const [name, ...more] = new Set(ours())
  expect([name?.split('_')[1], more]).toEqual([alive.process.pid?.toString(36), []])
  expect((await cli(['cleanup'])).out).toBe('there is nothing to clean up\n')
})

test('a rule of a program in another pid namespace stays, and that is said', async () => {
  const run = await live('3', '--rule', '-p udp --dport 5353')
  const [node, main] = [process.execPath, 'apps/nfqueue-test/dist/main.js']
  const inside = sh(`unshare -p -f --mount-proc ${node} ${main} cleanup`)
  expect(inside.match(/^left: .* another pid namespace .*: run cleanup there$/gm)).toHaveLength(2)
  expect(ours()).not.toEqual([])
  expect(run.code).toBeUndefined()
  run.process.kill('SIGTERM')
  expect(await run.ended()).toBe(0)
  expect(ours()).toEqual([])

  // The other way round: a killed program's, seen from outside and from a namespace that is not its own.
  const script = `${node} ${main} 3 --rule '-p udp --dport 5353' 2>/dev/null & until iptables-save | grep -q nfqtest && ip6tables-save | grep -q nfqtest; do sleep 0.1; done; kill -9 $!; wait`
  sh(`unshare -p -f --mount-proc sh -c '${script.replaceAll("'", `'"'"'`)}' || true`)
  expect(ours()).not.toEqual([])
  const dry = await cli(['cleanup', '--json'])
  expect(
    dry.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(Array(2).fill(expect.objectContaining({ removed: false, foreign: true })))
  expect(ours()).not.toEqual([])
})

test('what swallows the target of the rule is refused, and leaves nothing', async () => {
  const open = await cli(['3', '--rule', '-p tcp --dport 22 -m comment --comment "x'])
  expect([open.code, open.err]).toEqual([1, expect.stringContaining('a quote in the rule is not closed')])
  expect(ours()).toEqual([])
  const closed = await live('3', '--rule', '-p tcp --dport 22 -m comment --comment "a \\" b -j NFQUEUE"')
  expect(closed.err).toContain('installed ')
})

test('a rule that cannot be installed is one sentence, and leaves nothing', async () => {
  const bad = await cli(['3', '--rule', 'tcp flags nonsense'])
  expect([bad.code, bad.out]).toEqual([1, ''])
  expect(bad.err).toMatch(/^nfqueue-test: the rule "tcp flags nonsense" cannot be installed: .*\n$/)
  const worse = await cli(['3', '--rule', '-p nonsense'])
  expect([worse.code, worse.out]).toEqual([1, ''])
  expect(worse.err).toMatch(/^nfqueue-test: the rule "-p nonsense" cannot be installed: iptables-restore: .*\n$/)
  expect(ours()).toEqual([])
})
