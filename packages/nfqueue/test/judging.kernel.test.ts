import { setTimeout as sleep } from 'node:timers/promises'
import { openMnl } from '@nfkit/mnl-native'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshHost, rule, sendUdp, udpListener, until } from '../../../test/host.ts'
import {
  type FlowSource,
  type Handler,
  type LateVerdict,
  openQueue,
  type Packet,
  type Queue,
  type Unjudged,
} from '../src/index.ts'

const host = '127.0.0.1'
let queue: Queue
let listener: Awaited<ReturnType<typeof udpListener>>
let unjudged: Unjudged[]
let late: LateVerdict[]
let troubles: Error[]

async function open(options: Partial<Parameters<typeof openQueue>[1]> = {}, transport = openMnl()): Promise<Queue> {
  queue = await openQueue(transport, { number: 1, onUnjudged: 'accept', conntrack: 'off', ...options })
  queue.on('unjudged', (what) => unjudged.push(what))
  queue.on('lateVerdict', (what) => late.push(what))
  return queue.on('trouble', (error) => troubles.push(error))
}

const texts = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}`)

/** Datagrams that arrive in one burst. */
async function sendOneBurst(count: number): Promise<void> {
  queue.pause()
  await sendUdp(host, 5353, texts(count))
  queue.resume()
}

beforeEach(async () => {
  freshHost()
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  listener = await udpListener(host, 5353)
  unjudged = []
  late = []
  troubles = []
})
afterEach(async () => {
  await queue.close()
  listener[Symbol.dispose]()
})

test('a result whose then throws costs no packet of its burst the verdict', async () => {
  await open()
  const result = Object.defineProperty({}, 'then', {
    get: () => {
      throw new Error('evil')
    },
  })
  queue.run((packet) => (packet.id === 3 ? result : packet.accept()))
  await sendOneBurst(10)
  await until(() => listener.got.length === 10, 'all of them')
  expect(unjudged).toMatchObject([{ packetId: 3, reason: 'threw' }])
})

const never = () => new Promise<never>(() => {})
const evil = () => {
  throw new Error('evil')
}
test.each<[string, Partial<FlowSource>, string]>([
  ['peek throws', { peek: evil }, 'evil'],
  ['get throws', { get: evil }, 'evil'],
  ['setMark never answers', { setMark: never }, 'not set by its deadline'],
])('a flow source whose %s: every packet passes', async (_, part, message) => {
  const source = { peek: () => undefined, get: async () => undefined, setMark: async () => true, ...part }
  await open({ flows: source, deadlineMilliseconds: 100 })
  queue.run((packet) => packet.accept({ connmark: 3 }))
  await sendOneBurst(3)
  await until(() => listener.got.length === 3, 'all of them')
  expect(
    troubles.map((error) => error.message),
    'once a second',
  ).toEqual([expect.stringContaining(message)])
  expect(queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 3 }, unjudged: { deadline: 0 } })
})

test.each<[string, Handler]>([
  ['holds', (packet) => packet.hold()],
  ['awaits', () => sleep(50)],
])('a handler that closes the queue and %s: the packet passes', async (_, then) => {
  await open()
  queue.run((packet) => {
    queue.close()
    return then(packet)
  })
  await sendUdp(host, 5353, ['one'])
  await queue.closed
  await until(() => listener.got.length === 1, 'the datagram')
  expect(queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 1 }, verdictErrors: 0 })
})

test('a verdict after the deadline is an event, and the held packet is still readable', async () => {
  await open({ deadlineMilliseconds: 20 })
  const held: Packet[] = []
  queue.run((packet) => held.push(packet.hold()))
  await sendUdp(host, 5353, ['one'])
  await until(() => listener.got.length === 1, 'the datagram')
  held[0]!.drop()
  expect(late).toEqual([{ packetId: 1, verdict: 'drop', reason: 'deadline' }])
  expect(Buffer.from(held[0]!.ip!.udp!.payload).toString()).toBe('one')
})

test('a view of a packet the deadline has judged goes on showing it while others come', async () => {
  await open({ deadlineMilliseconds: 20 })
  let view: Uint8Array | undefined
  queue.run(async (packet) => {
    if (packet.id !== 1) return packet.accept()
    view = packet.payload
    await never()
  })
  await sendUdp(host, 5353, ['the first one'])
  await until(() => listener.got.length === 1, 'the deadline')
  for (let i = 0; i < 200; i++) await sendUdp(host, 5353, ['another one'])
  await until(() => listener.got.length === 201, 'the others')
  expect(Buffer.from(view!).toString('latin1')).toContain('the first one')
})

test('a socket closed under its queue ends the queue with the next verdict', async () => {
  const transport = openMnl()
  await open({}, transport)
  const held: Packet[] = []
  queue.run((packet) => held.push(packet.hold()))
  await sendUdp(host, 5353, ['one'])
  await until(() => held.length === 1, 'the packet')
  transport.close()
  held[0]!.accept()
  await queue.closed
  expect(troubles).toMatchObject([{ syscall: 'sendto', code: 'EBADF' }])
  expect(queue.stats()).toMatchObject({ pending: 0, verdictErrors: 1 })
  await sleep(10)
  expect(listener.got).toEqual([])
})

test('an observer sees each decision with the packet still readable, whoever decides', async () => {
  await open({ deadlineMilliseconds: 100 })
  const seen: unknown[] = []
  queue.observe((packet, { verdict, changes, unjudged }) => {
    seen.push([packet.id, packet.ip?.udp?.destinationPort, verdict, changes.mark, unjudged])
  })
  const held: Packet[] = []
  queue.run((packet) => {
    if (packet.id === 1) packet.drop({ mark: 7 })
    else if (packet.id === 2) packet.hold()
    else if (packet.id === 3) throw new Error('no idea')
    else if (held.push(packet.hold()) === 2) queue.judgeThrough(packet, 'accept', { mark: 9 })
  })
  await sendOneBurst(5)
  await until(() => seen.length === 5, 'five decisions')
  await sendOneBurst(1)
  await until(() => seen.length === 6, 'the deadline')
  expect(seen.sort()).toEqual([
    [1, 5353, 'drop', 7, undefined],
    [2, 5353, 'accept', 9, undefined],
    [3, 5353, 'accept', undefined, 'threw'],
    [4, 5353, 'accept', 9, undefined],
    [5, 5353, 'accept', 9, undefined],
    [6, 5353, 'accept', undefined, 'deadline'],
  ])
})
