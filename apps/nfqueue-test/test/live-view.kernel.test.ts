import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sendUdp, sh } from '../../../test/host.ts'
import { main } from './cli.ts'
import { noTerminal, OnTerminal } from './on-terminal.ts'

const sizes = [60, 80, 200]
const running: OnTerminal[] = []
let folder: string
let policy: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-view-'))
  policy = join(folder, 'policy.mjs')
  writeFileSync(policy, "export default ({ destination }) => (destination.port === 5353 ? 'accept' : 'drop')")
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  freshHost()
  sh('nft flush ruleset; conntrack -F 2>/dev/null; true')
  sh(
    'conntrack -I -p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4000 --dport 22 --state ESTABLISHED -t 100 -u ASSURED,SEEN_REPLY -m 7 2>/dev/null',
  )
  sh(
    'conntrack -I -p udp -s 2001:db8:1:2:3:4:5:6 -d 2001:db8:1:2:3:4:5:7 --sport 53535 --dport 5000 -t 1000 2>/dev/null',
  )
})
afterEach(async () => {
  for (const run of running.splice(0)) {
    run.process.kill('SIGKILL')
    await run.ended()
  }
})

function started(args: readonly string[], columns: number, rows = 20, environment: NodeJS.ProcessEnv = {}): OnTerminal {
  const run = new OnTerminal(args, columns, rows, environment)
  running.push(run)
  return run
}

/** What a command prints to a reader who leaves after one line, while something happens all the time. */
async function headOf(args: readonly string[], happen: () => unknown) {
  const run = spawn('bash', ['-c', 'set -o pipefail; "$@" | head -n 1', 'bash', process.execPath, main, ...args])
  let [out, err] = ['', '']
  run.stdout.on('data', (text) => {
    out += text
  })
  run.stderr.on('data', (text) => {
    err += text
  })
  let code: number | null | undefined
  run.on('close', (status) => {
    code = status
  })
  for (let i = 0; code === undefined && i < 300; i++) {
    await happen()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { code, lines: out.trimEnd().split('\n').length, err }
}

/** Nothing was longer than its line, or pushed another out. */
const expectWhole = ({ screen }: OnTerminal) => expect([screen.wraps, screen.scrolls]).toEqual([0, 0])

describe.runIf(noTerminal === undefined)('flows watch', () => {
  test.each(sizes)('on %i columns', async (columns) => {
    const run = started(['flows', 'watch'], columns)
    await run.shows(/^udp +/m)
    expect(run.screen.text).toMatch(/^2 connections; 2 changes seen; by newest/)
    expect(run.screen.text).toMatch(/^tcp +ESTABLISHED +10\.0\.0\.1:4000 +10\.0\.0\.2:22( |$)/m)
    if (columns === 200)
      expect(run.screen.text).toMatch(/\[2001:db8:1:2:3:4:5:6\]:53535 +\[2001:db8:1:2:3:4:5:7\]:5000 /)
    else expect(run.screen.text).toContain('…')
    expect(run.screen.colours).toBeGreaterThan(0)
    expectWhole(run)
    run.type('q')
    expect(await run.ended()).toBe(0)
    expectWhole(run)
  })

  test('sorted by a key, and told that the kernel does not count', async () => {
    sh('echo 0 > /proc/sys/net/netfilter/nf_conntrack_acct')
    const run = started(['flows', 'watch'], 80)
    await run.shows(/by newest\nno traffic: sysctl -w net\.netfilter\.nf_conntrack_acct=1$/m)
    run.type('b')
    await run.shows('by bytes')
    run.type('q')
    expect(await run.ended()).toBe(0)
  })

  test('in a window that gets another size', async () => {
    const run = started(['flows', 'watch'], 200)
    await run.shows(':5000')
    for (const [columns, rows] of [
      [60, 8],
      [80, 24],
    ] as const) {
      await run.resize(columns, rows)
      await run.shows(/DESTINATION.* …/)
      expectWhole(run)
      expect(Math.max(...run.screen.lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
    await run.resize(200, 24)
    await run.shows(/PACKETS +NOTES/)
    expectWhole(run)
  })

  test('with NO_COLOR; and where the cursor cannot move, lines', async () => {
    const plain = started(['flows', 'watch'], 80, 20, { NO_COLOR: '1' })
    await plain.shows('tcp')
    expect(plain.screen.colours).toBe(0)
    const dumb = started(['flows', 'watch', '-p', 'tcp'], 200, 20, { TERM: 'dumb' })
    await dumb.shows(/^[\d:.]{15} added {3}tcp +6 \d+ ESTABLISHED src=10\.0\.0\.1 /m)
    await dumb.shows('nfqueue-test: 1 connection at first; what follows are changes')
  })
})

describe.runIf(noTerminal === undefined)('firewall', () => {
  test.each(sizes)('on %i columns, with keys', async (columns) => {
    const run = started(['firewall', '--judge', policy, '--loopback', '--rule', 'udp dport { 5353, 5354 }'], columns)
    await run.shows('q ends')
    await run.shows('judging; kill -USR2')
    await sendUdp('127.0.0.1', 5353, ['hello'])
    await sendUdp('127.0.0.1', 5354, ['hello'])
    await run.shows(/udp .*127\.0\.0\.1:5354 .*drop/)
    await run.shows('alive: 1 accept')
    if (columns === 200)
      expect(run.screen.text).toMatch(/^TIME +WAY +PROTO +SOURCE +DESTINATION +NAME +OWNER +VERDICT +JUDGE +PACKETS$/m)
    else expect(run.screen.text).toMatch(/^(WAY +)?PROTO .*DESTINATION .*VERDICT .*JUDGE.* …$/m)
    expectWhole(run)
    run.type('r')
    await run.shows('epoch 1')
    await run.shows('the policy was read anew: epoch 1')
    run.type('q')
    expect(await run.ended()).toBe(0)
    expect(run.screen.text).toMatch(/\d connections; verdicts: \d accept, \d drop; \d packets seen$/)
    expect(run.screen.text).toMatch(/nfqueue-test: the policy was read anew/)
  })
})

test.runIf(noTerminal === undefined)('an error that ends the program is told whole, below the view', async () => {
  const broken = join(folder, 'broken.mjs')
  writeFileSync(
    broken,
    `export default () => { setTimeout(() => { throw new TypeError('of the judge') }); return 'drop' }`,
  )
  const run = started(['firewall', '--judge', broken, '--loopback', '--rule', 'udp dport 5354'], 80, 30)
  await run.shows('judging')
  await sendUdp('127.0.0.1', 5354, ['hello'])
  expect(await run.ended()).toBe(1)
  expect(run.screen.text).toMatch(/^nfqueue-test: TypeError: of the judge$/m)
})

describe('into a pipe whose reader leaves', () => {
  const flow = () =>
    sh(
      'conntrack -I -p udp -s 10.9.0.1 -d 10.9.0.2 --sport 1 --dport 2 -t 60 2>/dev/null; conntrack -D -p udp 2>/dev/null; true',
    )
  const rule = () => sh('nft "add table inet new; delete table inet new"')
  const packet = () => sendUdp('127.0.0.1', 5354, ['hello'])
  test.each([
    ['flows watch', () => ['flows', 'watch'], flow],
    ['flows events', () => ['flows', 'events'], flow],
    ['rules watch', () => ['rules', 'watch'], rule],
    ['firewall', () => ['firewall', '--judge', policy, '--loopback', '--rule', 'udp dport 5354'], packet],
    ['a queue', () => ['5', '--rule', 'udp dport 5354'], packet],
  ] as const)('%s ends quietly', async (_, args, happen) => {
    const run = await headOf(args(), happen)
    expect([run.code, run.lines], run.err).toEqual([0, 1])
    expect(run.err).not.toMatch(/EPIPE|error|^\s+at /im)
  })
})
