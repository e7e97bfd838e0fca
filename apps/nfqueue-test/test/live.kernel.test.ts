import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, hosts, rule, sendUdp, shell, tcpExchange, udpListener, until } from '../../../test/host.ts'
import { Cli, cli } from './cli.ts'

const running: Cli[] = []

/** A live session that has opened its queue. */
async function live(...args: string[]): Promise<Cli> {
  const run = new Cli(args)
  running.push(run)
  await until(
    () => bound().includes(Number(args[0])) || run.code !== undefined,
    `queue ${args[0]} to be open: ${run.err}`,
  )
  return run
}

const bound = () =>
  readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8')
    .split('\n')
    .map((line) => Number.parseInt(line, 10))

/** The comments of a written file's packets. */
const comments = (file: string): string[] => readFileSync(file, 'latin1').match(/#\d+ queue [ -~]+?(?=[^ -~])/g) ?? []

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-live-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(freshHost)
afterEach(() => {
  for (const run of running.splice(0)) run.process.kill('SIGKILL')
})

test('prints and accepts IPv4 and IPv6 on one queue, and sums up when interrupted', async () => {
  rule('-I INPUT -p tcp --dport 2222 -j NFQUEUE --queue-num 0')
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 0')
  const run = await live('0')
  for (const [, host] of hosts) {
    const { server, client } = await tcpExchange(host, 2222, Buffer.from('question'), Buffer.from('answer'))
    expect([server.toString(), client.toString()]).toEqual(['question', 'answer'])
    using listener = await udpListener(host, 5353)
    await sendUdp(host, 5353, ['hello'])
    await until(() => listener.got.length === 1, 'the datagram')
  }
  await until(() => run.out.includes('[::1]:5353'), 'the last packet in print')
  run.process.kill('SIGINT')
  expect(await run.ended()).toBe(0)
  expect(run.out).toMatch(
    /^\d\d:\d\d:\d\d\.\d{6} #1 queue 0 input in lo {2}127\.0\.0\.1:\d+ > 127\.0\.0\.1:2222 tcp SYN, 60 bytes {2}accept$/m,
  )
  expect(run.out).toMatch(/ \[::1\]:\d+ > \[::1\]:2222 tcp SYN, \d+ bytes {2}accept$/m)
  expect(run.out).toMatch(/udp, 33 bytes {2}accept$/m)
  const packets = run.out.match(/^\S+ #\d+/gm)?.length
  expect(run.out).toContain(`\n${packets} packets; verdicts: ${packets} accept\n`)
  expect(run.err.match(/does not send connections/g)).toHaveLength(1)
})

test('--json prints an object per packet and the summary', async () => {
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
  const run = await live('3', '--json', '--count', '2', '--mark', '0x10', '--conntrack', 'off')
  await sendUdp('127.0.0.1', 5353, ['a', 'bc'])
  expect(await run.ended()).toBe(0)
  const [first, second, summary] = run.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(first).toMatchObject({
    id: 1,
    queue: 3,
    hook: 'input',
    length: 29,
    decision: { verdict: 'accept', changes: { mark: 16 } },
  })
  expect(second).toMatchObject({ id: 2, ip: { source: '127.0.0.1', destinationPort: 5353 } })
  expect(summary.summary).toMatchObject({ received: 2, verdicts: { accept: 2 } })
  // In a user namespace buffers are bound by a limit, and that is told.
  expect(run.err.replace(/^nfqueue-test: the receive buffer has .*\n/, '')).toBe('')
})

test('--connmark marks the connection, whatever the kernel, and shows it', async () => {
  rule('-A OUTPUT -m conntrack --ctstate NEW,ESTABLISHED')
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
  const run = await live('3', '--connmark', '7', '--count', '2')
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['a', 'b'])
  expect(await run.ended()).toBe(0)
  await until(() => listener.got.length === 2, 'both datagrams')
  expect(run.out).toMatch(
    /127\.0\.0\.1:\d+ > 127\.0\.0\.1:5353 udp, 29 bytes {2}accept connmark 0x7 {2}\w+ 0x[0-9a-f]{8}$/m,
  )
  expect(await shell('conntrack -L -p udp --orig-port-dst 5353 2>/dev/null')).toContain('mark=7')
  expect(run.err).toBe('')
})

test('--verdict drop drops', async () => {
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
  const run = await live('3', '--verdict', 'drop', '--count', '1', '--quiet')
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['a'])
  expect(await run.ended()).toBe(0)
  expect(run.out).toBe('1 packet; verdicts: 1 drop\n')
  expect(listener.got).toEqual([])
})

test('--record, replayed, decides the same and shows the same packets; another policy shows what differs', async () => {
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
  const file = join(folder, 'session.pcapng')
  const policy = ['--verdict', 'drop', '--connmark', 'count']
  const run = await live('3', '--count', '3', '--json', '--record', file, ...policy)
  await sendUdp('127.0.0.1', 5353, ['a', 'bc'])
  await sendUdp('::1', 5353, ['def'])
  expect(await run.ended()).toBe(0)

  const again = await cli(['--replay', file, '--json', ...policy])
  expect(again.err).toMatch(/^nfqueue-test: decided as recorded: \d+ messages are the same$/m)
  // Without a receive time of the kernel, `time` is when the packet was read: another one now.
  const shown = (out: string) =>
    out
      .replace(/"time":"[^"]*",/g, '')
      .split('\n')
      .slice(0, 3)
  expect([again.code, shown(again.out)]).toEqual([0, shown(run.out)])

  const other = await cli(['replay', file, '--quiet', '--match', 'ip6', ...policy])
  expect([other.code, other.out]).toEqual([2, '3 packets; 2 did not match; verdicts: 2 accept, 1 drop\n'])
  expect(other.err).toMatch(/^- +NFQA_VERDICT_HDR verdict DROP \(0\), id 1$/m)
  expect(other.err).toMatch(/^\+ +NFQA_VERDICT_HDR verdict ACCEPT \(1\), id 1$/m)
  expect(other.err).toMatch(/^nfqueue-test: not as recorded: \d+ messages are the same, 3 differ$/m)
})

test('an ordinary user with CAP_NET_ADMIN, and no other privilege, is enough', async () => {
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
  // In a user namespace there is nobody else to become: there uid 0 is the ordinary user.
  const canChange = /^ *0 +0 +[1-9]\d{5,}$/m.test(readFileSync('/proc/self/uid_map', 'utf8'))
  const user = canChange ? ['--reuid=65534', '--regid=65534', '--clear-groups'] : []
  const only = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((set) => `${set}=-all,+net_admin`)
  const main = [process.execPath, 'apps/nfqueue-test/dist/main.js', '3', '--count', '2', '--mark', '7']
  const filter = spawn('setpriv', [...user, ...only, '--no-new-privs', ...main])
  let said = ''
  filter.stdout.on('data', (chunk) => {
    said += chunk
  })
  filter.stderr.on('data', (chunk) => {
    said += chunk
  })
  await until(() => bound().includes(3) || filter.exitCode !== null, `queue 3 to be open: ${said}`)
  const status = readFileSync(`/proc/${filter.pid}/status`, 'utf8')
  expect(/^CapPrm:\s*(\w+)$/m.exec(status)?.[1]).toBe('0000000000001000')
  expect(/^CapEff:\s*(\w+)$/m.exec(status)?.[1]).toBe('0000000000001000')
  if (canChange) expect(/^Uid:\s*(\d+)/m.exec(status)?.[1]).toBe('65534')
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['a', 'b'])
  await until(() => filter.exitCode !== null && listener.got.length === 2, `both packets: ${said}`)
  expect(filter.exitCode).toBe(0)
  expect(said).toContain('2 packets; verdicts: 2 accept')
})

test('packets judged by the deadline or at closing are told, and written, with who judged them', async () => {
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
  const [handler, file] = [join(folder, 'never.mjs'), join(folder, 'late.pcapng')]
  writeFileSync(
    handler,
    `let seen = 0
export default (packet) => {
  packet.hold()
  if (++seen === 2) packet.drop()
}`,
  )
  const first = ['3', '--handler', handler, '--write', file]
  const run = await live(...first, '--deadline', '100', '--unjudged', 'drop', '--count', '2')
  await sendUdp('127.0.0.1', 5353, ['a', 'b'])
  expect(await run.ended()).toBe(0)
  expect(run.out).toMatch(
    /^\S+ #2 .* drop\n\S+ #1 .* drop \(left to the queue: deadline\)\n2 packets; verdicts: 2 drop/m,
  )
  expect(comments(file)).toEqual(['#2 queue 3 input: drop', '#1 queue 3 input: drop (left to the queue: deadline)'])

  const closed = await live(...first)
  await sendUdp('127.0.0.1', 5353, ['a'])
  await until(() => /^ +3 +\d+ +1 /m.test(readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8')), 'the packet')
  await new Promise((resolve) => setTimeout(resolve, 200))
  closed.process.kill('SIGINT')
  expect(await closed.ended()).toBe(0)
  expect(comments(file)).toEqual(['#1 queue 3 input: accept (left to the queue: closing)'])
})

test('SIGTERM closes the queue; a killed process frees it', async () => {
  const first = await live('5')
  first.process.kill('SIGTERM')
  expect(await first.ended()).toBe(0)
  const second = await live('5')
  second.process.kill('SIGKILL')
  await second.ended()
  expect((await live('5')).code).toBeUndefined()
})

describe('doctor', () => {
  test('no rule feeds the queue: a problem with its fix, exit code 1', async () => {
    const run = await cli(['doctor', '4'])
    expect(run.code).toBe(1)
    expect(run.out).toMatch(/^problem no rule feeds queue 4\n {8}→ iptables -I INPUT/m)
    expect(run.out).toMatch(/^ok {6}queue 4 is free$/m)
  })

  test('a queue that is read and fed is fine; its owner is named', async () => {
    rule('-A INPUT -p tcp --dport 2222 -j NFQUEUE --queue-balance 3:5')
    const owner = await live('4')
    const run = await cli(['doctor', '4', '--json'])
    const findings = run.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(run.code).toBe(0)
    expect(findings).toContainEqual(
      expect.objectContaining({
        state: 'warning',
        text: expect.stringMatching(`^queue 4 belongs to process ${owner.process.pid}, "node"`),
      }),
    )
    expect(findings.filter(({ text }) => text.includes('--queue-balance 3:5'))).toEqual([
      expect.objectContaining({ state: 'ok', text: expect.stringMatching(/^fed by: iptables -A INPUT/) }),
      expect.objectContaining({ state: 'ok', text: expect.stringMatching(/^fed by: ip6tables -A INPUT/) }),
    ])
  })

  test('a fed queue nobody reads is a warning that says how packets are saved', async () => {
    rule('-A INPUT -p tcp --dport 2222 -j NFQUEUE --queue-num 4')
    expect((await cli(['doctor', '4'])).out).toMatch(
      /^warning fed by: .*\n {8}→ nobody reads the queue, .*--queue-bypass/m,
    )
  })
})

describe('one clear sentence and exit code 1', () => {
  const mistakes: readonly [string, readonly string[], RegExp][] = [
    ['a queue number that is none', ['abc'], /"abc" is no command .*; a queue is a number/],
    ['a queue number out of range', ['65536'], /whole number from 0 to 65535/],
    ['a mark out of range', ['0', '--mark', '0x100000000'], /whole number from 0 to 4294967295/],
    ['conntrack required on a kernel without glue', ['0', '--conntrack', 'require'], /NETFILTER_NETLINK_GLUE_CT/],
  ]
  test.each(mistakes)('%s', async (_, args, sentence) => {
    const run = await cli(args)
    expect(run.code).toBe(1)
    expect(run.err).toMatch(sentence)
    expect(run.out).toBe('')
  })

  test('a queue another process owns', async () => {
    const owner = await live('6')
    const run = await cli(['6'])
    expect(run.code).toBe(1)
    // Where there is systemd, its unit is named, too.
    expect(run.err).toMatch(
      `nfqueue-test: queue 6: another socket owns it; a queue has one reader: end the other program, or use another number (process ${owner.process.pid}, "node"`,
    )
  })

  test('no permission', async (context) => {
    if (!/^ *0 +0 +[1-9]\d{5,}$/m.test(readFileSync('/proc/self/uid_map', 'utf8')))
      context.skip('kernel: only real root can become nobody')
    const line = `setpriv --reuid=65534 --regid=65534 --clear-groups ${process.execPath} apps/nfqueue-test/dist/main.js 7 2>&1; echo "exit $?"`
    expect(await shell(line)).toMatch(/^nfqueue-test: queue 7: CAP_NET_ADMIN is missing .*\nexit 1\n$/)
    // The capability is for a copy of Node, not for every program in JavaScript.
    const advice = await shell(line.replace('main.js 7', 'main.js doctor 7'))
    expect(advice).toMatch(
      /^problem CAP_NET_ADMIN is missing\n.* cp "\$\(readlink -f "\$\(which node\)"\)" (\S+) && setcap cap_net_admin\+ep \1$/m,
    )
  })
})

test('--quiet shows counters once a second on a terminal', async (context) => {
  if (spawnSync('script', ['--version']).error) context.skip('script (util-linux) is not installed')
  rule('-I INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 3')
  const command = `${process.execPath} apps/nfqueue-test/dist/main.js 3 --quiet --count 4`
  const session = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  session.stdout.on('data', (chunk) => {
    out += chunk
  })
  await until(() => bound().includes(3), 'the queue')
  await sendUdp('127.0.0.1', 5353, ['a', 'b', 'c'])
  await until(
    () => /\r3 packets, \d+\/s; verdicts: 3 accept \(\d+\/s\); 0 pending; 0 lost on the way/.test(out),
    `counters: ${out}`,
  )
  await sendUdp('127.0.0.1', 5353, ['d'])
  await until(() => out.endsWith('4 packets; verdicts: 4 accept\r\n'), `the end: ${out}`)
})
