import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type MnlOptions, openMnl } from '@nfkit/mnl-native'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { freshHost, rule, sendUdp, sh, shell, udpListener, until } from '../../../test/host.ts'
import {
  openQueue,
  type Packet,
  parseQueueStatus,
  type Queue,
  type QueueOptions,
  queueStatusPath,
} from '../src/index.ts'

const open: Queue[] = []
let told: [string, unknown][]

async function queueOf(options: Partial<QueueOptions>, socket: MnlOptions = {}): Promise<Queue> {
  const queue = await openQueue(openMnl(socket), { number: 1, conntrack: 'off', ...options })
  for (const event of ['lost', 'passed'] as const) queue.on(event, (what: unknown) => told.push([event, what]))
  queue.on('warning', (text) => text.includes('unseen') && told.push(['warning', text]))
  open.push(queue)
  return queue
}

/** Sent without giving the event loop a turn, so that nothing is read meanwhile. */
const flood = (count: number) =>
  `python3 -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(b'x', ('127.0.0.1', 5353)) for _ in range(${count})]"`

beforeEach(() => {
  freshHost()
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  told = []
})
afterEach(async () => {
  for (const queue of open.splice(0)) await queue.close()
})

test('with failOpen every packet a full socket lets past is told as passed, and none as lost', async () => {
  const queue = await queueOf({ failOpen: true, receiveBuffer: 10_000, onUnjudged: 'drop' })
  queue.run((packet) => packet.drop())
  using listener = await udpListener('127.0.0.1', 5353)
  sh(flood(200))
  await until(() => queue.stats().received > 0, 'those that found room')
  await sendUdp('127.0.0.1', 5353, ['after'])
  await until(() => queue.stats().received + queue.stats().passed === 201, 'every packet to be accounted for')
  const { passed } = queue.stats()
  await until(() => listener.got.length === passed, 'those that passed')
  expect(passed).toBeGreaterThan(0)
  expect(queue.stats()).toMatchObject({ lost: 0, queueDropped: 0, verdicts: { drop: 201 - passed } })
  expect(told).toEqual([['passed', { packets: passed, where: 'socket' }]])
})

test('a gap from before failOpen is changed is named by what it was', async () => {
  const queue = await queueOf({ failOpen: true, receiveBuffer: 10_000, onUnjudged: 'drop' })
  queue.run((packet) => packet.drop())
  using listener = await udpListener('127.0.0.1', 5353)
  sh(flood(200))
  await queue.configure({ failOpen: false })
  await sendUdp('127.0.0.1', 5353, ['after'])
  await until(() => queue.stats().received + queue.stats().passed === 201, 'every packet to be accounted for')
  const { passed } = queue.stats()
  await until(() => listener.got.length === passed, 'those that passed')
  expect(told).toEqual([['passed', { packets: passed, where: 'socket' }]])
})

test('packets that pass a full queue are warned of, whether the queue is read or not', async () => {
  const queue = await queueOf({ failOpen: true, maxLength: 3, onUnjudged: 'drop' })
  using listener = await udpListener('127.0.0.1', 5353)
  queue.pause()
  await sendUdp('127.0.0.1', 5353, ['1', '2', '3', '4', '5'])
  await until(() => told.length > 0, 'the warning')
  expect(told).toEqual([['warning', expect.stringContaining('queue is full: 3 packets wait')]])
  expect(listener.got).toEqual(['4', '5'])
  expect(queue.stats()).toMatchObject({ lost: 0, passed: 0, queueDropped: 0 })
  await queue.close()

  const other = await queueOf({ failOpen: true, maxLength: 3, onUnjudged: 'drop' })
  const held: Packet[] = []
  other.run((packet) => held.push(packet.hold()))
  await sendUdp('127.0.0.1', 5353, ['6', '7', '8', '9'])
  await until(() => held.length === 3, 'three packets')
  expect(told).toHaveLength(2)
})

test('drops are those of the own queue, in whatever namespace that is, not those of its namesake elsewhere', async () => {
  const child = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up; echo ready; exec sleep 60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const there = (line: string) => shell(`nsenter -t ${child.pid} -n sh -c '${line.replaceAll("'", `'"'"'`)}'`)
  await there('iptables -w -A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')

  const portId = 4_000_000_003
  const here = await queueOf({ maxLength: 1 }, { portId })
  const elsewhere = await queueOf({ maxLength: 1 }, { portId, netns: `/proc/${child.pid}/ns/net` })
  for (const queue of [here, elsewhere]) queue.run((packet) => void packet.hold())
  await shell(flood(50))
  await until(() => here.stats().queueDropped === 49, 'drops here')
  expect(elsewhere.stats()).toMatchObject({ received: 0, queueDropped: 0 })
  await there(flood(10))
  await until(() => elsewhere.stats().queueDropped === 9, 'drops there')
  expect(here.stats().queueDropped).toBe(49)
  await elsewhere.close()
  await here.close()
  expect(told).toHaveLength(2)
  expect(told).toEqual(expect.arrayContaining([49, 9].map((packets) => ['lost', { packets, where: 'queue' }])))
})

/** The kernel's queues, in the namespace of this thread. */
const table = () => parseQueueStatus(readFileSync(queueStatusPath.replace('/proc/', '/proc/thread-self/'), 'utf8'))

test('concurrent changes of settings all reach the kernel', async () => {
  const queue = await queueOf({})
  await Promise.all([
    queue.configure({ copyRange: 64 }),
    queue.configure({ maxLength: 1 }),
    queue.configure({ gso: true }),
  ])
  expect(queue.settings).toMatchObject({ copyRange: 64, maxLength: 1, gso: true })
  expect(table()).toMatchObject([{ queue: 1, copyRange: 64, copyMode: 2 }])
})

test('an opening ended by its signal leaves nothing bound', async () => {
  const transport = openMnl()
  await using other = await openQueue(transport, { number: 5, conntrack: 'off' })
  const controller = new AbortController()
  const opening = openQueue(transport, { number: 1, conntrack: 'off', signal: controller.signal })
  controller.abort()
  await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
  expect(table()).toMatchObject([{ queue: other.number }])
  expect(table()).toHaveLength(1)
})
