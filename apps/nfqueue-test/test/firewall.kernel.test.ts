import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { Cli, cli } from './cli.ts'

/** `nfqueue-test firewall`, and what `why` says of its rules. */

const running: Cli[] = []
let folder: string
let policy: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-firewall-'))
  policy = join(folder, 'policy.mjs')
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  freshHost()
  sh('nft flush ruleset')
  writePolicy("export default ({ destination }) => (destination.port === 5353 ? 'accept' : 'drop')")
})
afterEach(async () => {
  for (const run of running.splice(0)) {
    run.process.kill('SIGKILL')
    await until(() => run.code !== undefined, 'its end')
  }
  sh('nft flush ruleset')
})

const writePolicy = (text: string) => writeFileSync(policy, text)
const tables = () => sh('nft list tables').trim()

/** A firewall that judges; those of this host with itself are what a test can make. */
async function judging(...args: string[]): Promise<Cli> {
  const run = new Cli(['firewall', '--judge', policy, '--loopback', '--rule', 'udp dport { 5353, 5354 }', ...args])
  running.push(run)
  await until(() => run.err.includes('judging') || run.code !== undefined, `it to judge: ${run.err}`)
  expect(run.code, run.err).toBe(undefined)
  return run
}

test('judges, prints a line for each connection, and takes all back when interrupted', async () => {
  const run = await judging()
  for (const host of ['127.0.0.1', '::1']) {
    using listener = await udpListener(host, 5353)
    await sendUdp(host, 5353, ['hello', 'again'])
    await until(() => listener.got.length === 2, 'both datagrams')
    await sendUdp(host, 5354, ['hello'])
  }
  await until(() => run.out.trimEnd().split('\n').length === 4, `four lines: ${run.out}`)
  expect(tables()).toBe('table inet nfqueue-test')
  run.process.kill('SIGINT')
  expect(await run.ended()).toBe(0)
  expect(run.out).toMatch(
    /^[\d:.]{15} out udp 127\.0\.0\.1:\d+ > 127\.0\.0\.1:5353 {2}accept {2}\d+\.\d\d ms, [12] packets?$/m,
  )
  expect(run.out).toMatch(/ out udp \[::1\]:\d+ > \[::1\]:5354 {2}drop {2}/)
  expect(run.out).toMatch(/^4 connections; verdicts: 2 accept, 2 drop; \d packets seen$/m)
  expect(tables()).toBe('')
})

test('--json prints an object for each event, and the summary', async () => {
  const run = await judging('--json', '--name', 'parental', '--queue', '7')
  await sendUdp('127.0.0.1', 5354, ['hello'])
  await until(() => run.out.includes('"judged"'), 'the verdict')
  run.process.kill('SIGTERM')
  expect(await run.ended()).toBe(0)
  const [first, summary] = run.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(first).toMatchObject({
    event: 'judged',
    firewall: 'parental',
    verdict: 'drop',
    epoch: 0,
    connection: { direction: 'out', protocol: 'udp', destination: { address: '127.0.0.1', port: 5354 } },
  })
  expect(summary).toMatchObject({ summary: { judged: { accept: 0, drop: 1, reject: 0 } } })
})

test('its rules vanish with it, killed by SIGKILL', async () => {
  const run = await judging('--quiet')
  using listener = await udpListener('127.0.0.1', 5354)
  await sendUdp('127.0.0.1', 5354, ['dropped'])
  run.process.kill('SIGKILL')
  await until(() => run.code !== undefined, 'its end')
  expect(tables()).toBe('')
  await sendUdp('127.0.0.1', 5354, ['passes'])
  await until(() => listener.got.length > 0, 'what passes')
  expect(listener.got).toEqual(['passes'])
})

test('SIGUSR2 has the policy read anew; one that cannot be read changes nothing', async () => {
  const run = await judging('--quiet')
  using listener = await udpListener('127.0.0.1', 5354)
  await sendUdp('127.0.0.1', 5354, ['dropped'])
  writePolicy('export default 7')
  run.process.kill('SIGUSR2')
  await until(() => run.err.includes('the policy stays as it was'), `the complaint: ${run.err}`)
  expect(run.err).toContain('has no default function: write "export default (connection) =>')
  writePolicy("export default () => 'accept'")
  run.process.kill('SIGUSR2')
  await until(() => run.err.includes('the policy was read anew: epoch 1'), `the news: ${run.err}`)
  await sendUdp('127.0.0.1', 5354, ['passes'])
  await until(() => listener.got.length > 0, 'what passes')
  expect(listener.got).toEqual(['passes'])
})

describe('--confirm', () => {
  test('takes everything back, with exit code 1, where nobody confirms', async () => {
    const run = await judging('--confirm', '1', '--absent', 'drop')
    expect(run.err).toMatch(/taken back in 1 second: .* kill -USR2 \d+/)
    expect(await run.ended()).toBe(1)
    expect(run.err).toContain('not confirmed within 1 second')
    expect(tables()).toBe('')
  })

  test('SIGUSR2 confirms', async () => {
    const run = await judging('--confirm', '60', '--absent', 'drop')
    run.process.kill('SIGUSR2')
    await until(() => run.err.includes('confirmed: the firewall stays'), `the confirmation: ${run.err}`)
    run.process.kill('SIGKILL')
    await until(() => run.code !== undefined, 'its end')
    // What --absent says holds from then on.
    expect(tables()).toBe('table inet nfqueue-test')
    using listener = await udpListener('127.0.0.1', 5353)
    await sendUdp('127.0.0.1', 5353, ['new'])
    await sendUdp('127.0.0.1', 5355, ['not meant'])
    expect(listener.got).toEqual([])
  })
})

describe('says in one sentence what is wrong:', () => {
  const refused = async (...args: string[]) => {
    const run = await cli(['firewall', ...args])
    expect(run.code).toBe(1)
    expect(tables()).not.toContain('nfqueue-test')
    return run.err
  }

  test('a policy that is not there', async () => {
    expect(await refused('--judge', join(folder, 'none.mjs'))).toMatch(/the judge .*none\.mjs cannot be loaded: /)
  })
  test('a condition that is none', async () => {
    expect(await refused('--judge', policy, '--rule', 'tcp dprot 80')).toContain('dport')
  })
  test('a queue that another program reads', async () => {
    await judging('--name', 'first')
    expect(await refused('--judge', policy, '--mask', '0xff0000')).toMatch(
      /another socket owns it.*\((process|port id) \d+/,
    )
  })
  test('bits that others use, unless they are to be shared', async () => {
    sh(
      'nft "add table inet others; add chain inet others out { type filter hook output priority 0; }; add rule inet others out ct mark 0x7 counter"',
    )
    expect(await refused('--judge', policy)).toMatch(
      /others use bits of the mask 0xff000000; .*--shared-marks: nf_tables: "inet others out: ct mark/,
    )
    const run = await judging('--shared-marks')
    expect(run.err).toContain('bits of the mask are used in nf_tables, too: inet others out')
  })
})

describe('why explains its rules:', () => {
  let sender: Socket
  beforeEach(async () => {
    sender = createSocket('udp4').bind(0, '127.0.0.1')
    await once(sender, 'listening')
  })
  afterEach(() => {
    sender.close()
  })
  const send = (port: number) =>
    new Promise((resolve) => sender.send('hello', port, '127.0.0.1', (error) => resolve(error)))

  /** What `why` says of a datagram, of the same socket each time, that is sent when it listens. */
  async function said(port: number): Promise<string> {
    const run = new Cli(['why', `udp 127.0.0.1:${port}`, '--seconds', '20'])
    running.push(run)
    await until(() => run.err.includes('looking for packets') || run.code !== undefined, `it to listen: ${run.err}`)
    await send(port)
    await run.ended()
    return run.out
  }

  test('what the judge says, what the kernel holds of it, and that others are not judged', async () => {
    const firewall = await judging('--name', 'parental')
    expect(await said(5354)).toContain('→ the judge of the firewall parental has said just now: drop')
    expect(await said(5354)).toContain(
      '→ the firewall parental remembers that this connection was dropped before it was made',
    )
    expect(await said(5353)).toContain('→ the judge of the firewall parental has said just now: accept')
    expect(await said(5353)).toContain("→ the firewall parental holds this connection's verdict: accept, epoch 0")
    writePolicy("export default () => 'reject'")
    firewall.process.kill('SIGUSR2')
    await until(() => firewall.err.includes('epoch 1'), `the next epoch: ${firewall.err}`)
    expect(await said(5353)).toContain('→ the judge of the firewall parental has said just now: reject')
    expect(await said(5353)).toContain("→ the firewall parental holds this connection's verdict: reject, epoch 1")
    expect(await said(9)).toContain('→ the firewall parental does not judge it: it meets none of its conditions')
  })

  test('that it waits, as plain data', async () => {
    writePolicy('export default () => new Promise(() => {})')
    await judging('--name', 'slow', '--deadline', '3000')
    const run = new Cli(['why', 'udp 127.0.0.1:5353', '--json'])
    running.push(run)
    await until(() => run.err.includes('looking for packets') || run.code !== undefined, `it to listen: ${run.err}`)
    await send(5353)
    await run.ended()
    const { causes } = JSON.parse(run.out)
    expect(causes).toContainEqual({
      cause: 'firewall',
      text: 'the firewall slow has sent it to its judge',
      fix: 'it goes on when the judge has answered',
    })
  })
})
