import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { openMnl } from '@nfkit/mnl-native'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { openLog } from '@nfkit/nflog'
import { openQueue } from '@nfkit/nfqueue'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { freshHost, rule, sh } from '../../../test/host.ts'
import type { Finding } from '../src/doctor/finding.ts'
import { cli } from './cli.ts'

beforeEach(() => freshHost())

const here = `process ${process.pid}, "`

/** What the doctor says of queue 5, a finding a line. */
async function told(): Promise<readonly string[]> {
  const { out } = await cli(['doctor', '5', '--json'])
  const findings: readonly Finding[] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return findings.map(({ state, text }) => `${state}: ${text}`)
}

test('a log group without a reader is named with its rule, and one with a reader by its program', async () => {
  rule('-A INPUT -p tcp --dport 2222 -j NFLOG --nflog-group 7')
  const unread = expect.stringMatching(
    /^warning: log group 7 has no reader, so this logs to nobody: iptables -A INPUT .*--nflog-group 7$/,
  )
  expect(await told()).toContainEqual(unread)
  const log = await openLog(openMnl(), { group: 7, conntrack: 'off' })
  onTestFinished(() => log.close())
  const then = await told()
  expect(then).not.toContainEqual(unread)
  expect(then).toContainEqual(expect.stringMatching(/^ok: log group 7 is fed by: iptables -A INPUT/))
  expect(then).toContainEqual(expect.stringMatching(`^ok: log group 7: read by ${here}`))
})

test('rules that log to the kernel are told in a namespace whose kernel log may stay empty', async () => {
  sh(`nft 'table inet fw { chain in { type filter hook input priority 0; udp dport 9 log prefix "nine "; }; }'`)
  onTestFinished(() => void sh('nft delete table inet fw'))
  expect(await told()).toContainEqual(
    'warning: in this network namespace the kernel\'s log may stay empty: inet fw in udp dport 9 log prefix "nine "',
  )
})

test('who reads the other queues, and who hears the events of which tables', async () => {
  const queue = await openQueue(openMnl(), { number: 6, onUnjudged: 'accept' })
  onTestFinished(() => queue.close())
  const transport = openMnl()
  onTestFinished(() => transport.close())
  for (const one of [group.conntrackNew, group.conntrackDestroy, group.nftables]) transport.join(one)
  // The second socket of a process has a port id that is not the process's.
  expect(transport.portId).not.toBe(process.pid)
  const all = await told()
  expect(all).toContainEqual(expect.stringMatching(`^ok: queue 6: read by ${here}`))
  expect(all).toContainEqual(expect.stringMatching(`^ok: events of connections, events of rules: read by ${here}`))
})

test('a reader that loses messages is named, with what it reads', async () => {
  const transport = openMnl()
  onTestFinished(() => transport.close())
  transport.join(group.conntrackNew)
  transport.resize({ receive: 2_304 })
  rule('-A OUTPUT -m conntrack --ctstate NEW -j ACCEPT')
  const socket = createSocket('udp4')
  socket.bind(0)
  await once(socket, 'listening')
  for (let port = 10_000; port < 10_200; port++)
    await new Promise((resolve) => socket.send('x', port, '127.0.0.1', resolve))
  socket.close()
  expect(await told()).toContainEqual(
    expect.stringMatching(
      `^warning: \\d+ messages of events of connections were lost, because the receive buffer of ${here}`,
    ),
  )
})

test('a port that a rule asks about, and no program has open', async () => {
  rule('-A INPUT -p udp --dport 4711 -j NFQUEUE --queue-num 5 --queue-bypass')
  const unheard = expect.stringMatching(
    /^warning: "udp dport 4711 .* is about udp port 4711, which no program has open$/,
  )
  expect(await told()).toContainEqual(unheard)
  const socket = createSocket('udp4')
  socket.bind(4711)
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  expect(await told()).not.toContainEqual(unheard)
})

test('whether owners of packets can be told', async () => {
  expect(await told()).toContainEqual(expect.stringMatching(/^(ok|warning): owners of packets are told/))
})
