import { openMnl } from '@nfkit/mnl-native'
import { u16, u32 } from '@nfkit/netlink-codec'
import { nfqueueMessage, parseQueueStatus } from '@nfkit/netlink-codec/nfqueue'
import type { Transport, TransportError } from '@nfkit/netlink-transport'
import { beforeEach, expect, test } from 'vitest'
import { freshHost, rule, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { openQueue, type Packet, type Queue, type Returned } from '../src/index.ts'

const host = '127.0.0.1'
const kernelQueues = () => parseQueueStatus(sh('cat /proc/net/netfilter/nfnetlink_queue'))

/** Batch verdicts that a transport has sent. */
let batches = 0

/** A transport whose batch verdicts are counted. */
function counting(transport: Transport): Transport {
  const { send, answer } = transport
  const count = (datagram: Uint8Array) => {
    for (let at = 0; at < datagram.length; at += u32(datagram, at))
      if (u16(datagram, at + 4) === nfqueueMessage.verdictBatch.type) batches++
  }
  return Object.assign(transport, {
    send(datagram: Uint8Array) {
      count(datagram)
      send.call(transport, datagram)
    },
    answer(datagram: Uint8Array, failed: (error: TransportError) => void) {
      const answers = answer?.call(transport, datagram, failed) ?? false
      if (answers) count(datagram)
      return answers
    },
  })
}

/** What happened to some packets, told in order. */
interface Told {
  readonly arrived: readonly string[]
  readonly errors: readonly (readonly [number, string])[]
  readonly stats: ReturnType<Queue['stats']>
  readonly kernel: ReturnType<typeof kernelQueues>
}

type Judging = (packet: Packet, text: string, held: Packet[], burst: Promise<void>) => Returned

/** Datagrams arrive in bursts; `between` comes when all were read. Returns what came of it with batch verdicts, or without. */
async function judged(
  batchVerdicts: boolean,
  judging: Judging,
  between?: (held: Packet[], queue: Queue) => unknown,
): Promise<Told> {
  freshHost()
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  using listener = await udpListener(host, 5353)
  await using queue = await openQueue(counting(openMnl()), { number: 1, conntrack: 'off', batchVerdicts })
  const errors: [number, string][] = []
  queue.on('verdictError', ({ packetId, code }) => errors.push([packetId, code]))
  const held: Packet[] = []
  let whole: Promise<void>
  queue.run((packet) => judging(packet, new TextDecoder().decode(packet.ip?.udp?.payload), held, whole))
  for (let burst = 0; burst < 3; burst++) {
    const { received } = queue.stats()
    let tellRead = () => {}
    whole = new Promise((resolve) => {
      tellRead = resolve
    })
    queue.pause()
    await sendUdp(
      host,
      5353,
      Array.from({ length: 40 }, (_, i) => `${burst * 40 + i + 1}`),
    )
    queue.resume()
    await until(() => queue.stats().received === received + 40, 'a burst')
    tellRead()
  }
  await between?.(held, queue)
  await until(() => queue.stats().pending === 0, 'every verdict')
  const expected = queue.stats().verdicts.accept - errors.length
  await until(() => listener.got.length + errors.length >= expected || errors.length > 0, 'what was accepted')
  const kernel = kernelQueues().map((status) => ({ ...status, portId: 0 }))
  return { arrived: [...listener.got], errors, stats: queue.stats(), kernel }
}

const number = (text: string) => Number(text) % 10
/** Once the whole burst was read, in however many turns: those that come later in it are judged before. */
const late = async (packet: Packet, burst: Promise<void>) => {
  await burst
  packet.accept()
}

const programs: readonly [string, Judging, ((held: Packet[]) => unknown)?][] = [
  ['accepts', (packet) => packet.accept()],
  ['accepts most, and drops some', (packet, text) => (number(text) === 3 ? packet.drop() : packet.accept())],
  ['changes some', (packet, text) => packet.accept(number(text) === 4 ? { mark: 5 } : undefined)],
  ['judges some late', (packet, text, _, burst) => (number(text) === 5 ? late(packet, burst) : packet.accept())],
  ['has some acknowledged', (packet, text) => (number(text) === 6 ? packet.judge('accept') : packet.accept())],
  [
    'holds some until all were read',
    (packet, text, held) => (number(text) === 7 ? held.push(packet.hold()) : packet.accept()),
    (held) => {
      for (const packet of held) packet.accept()
    },
  ],
]

beforeEach(() => {
  freshHost()
  batches = 0
})

test.each(programs)(
  'a program that %s: the same packets arrive in the same order, and the same is counted',
  async (_, judging, between) => {
    const batched = await judged(true, judging, between)
    expect(batched.stats.received).toBe(120)
    expect(batched.stats.verdictErrors).toBe(0)
    expect(batches).toBeGreaterThan(0)
    const before = batches
    expect(batched).toEqual(await judged(false, judging, between))
    expect(batches).toBe(before)
  },
)

test('packets that the kernel has dropped: each verdict of one message is told', async () => {
  const hold: Judging = (packet, _, held) => held.push(packet.hold())
  const flush = (held: Packet[]) => {
    sh('ip link set lo down; ip link set lo up')
    for (const packet of held) packet.accept()
  }
  const batched = await judged(true, hold, flush)
  expect(batched.errors).toEqual(Array.from({ length: 120 }, (_, i) => [i + 1, 'ENOENT']))
  expect(batched).toEqual(await judged(false, hold, flush))
})

test('a packet that a filter of the socket swallowed goes on waiting', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  using listener = await udpListener(host, 5353)
  const transport = openMnl()
  await using queue = await openQueue(transport, { number: 1, conntrack: 'off', batchVerdicts: true })
  queue.run((packet) => packet.accept())
  await sendUdp(host, 5353, ['1', '2'])
  await until(() => listener.got.length === 2, 'two datagrams')
  transport.filter([{ code: 0x06, jt: 0, jf: 0, k: 0 }])
  await sendUdp(host, 5353, ['unseen'])
  transport.filter(undefined)
  queue.pause()
  await sendUdp(host, 5353, ['4', '5', '6'])
  queue.resume()
  await until(() => listener.got.length === 5, 'those behind it')
  expect(listener.got).toEqual(['1', '2', '4', '5', '6'])
  expect(kernelQueues()).toMatchObject([{ waiting: 1, lastId: 6 }])
})
