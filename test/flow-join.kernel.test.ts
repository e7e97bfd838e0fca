import { type ConntrackTable, FlowLookup, openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Queue } from '@nfkit/nfqueue'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshHost, hosts, rule, sendUdp, sh, udpListener, until } from './host.ts'

let table: ConntrackTable
let queue: Queue | undefined
let troubles: Error[]

async function open(number: number): Promise<Queue> {
  queue = await openQueue(openMnl(), { number, conntrack: 'off', flows: new FlowLookup(table) })
  return queue.on('trouble', (error) => troubles.push(error))
}

beforeEach(async () => {
  freshHost()
  // Connections are tracked only where a rule asks about them.
  rule('-A OUTPUT -m conntrack --ctstate NEW,ESTABLISHED')
  table = await openConntrack(openMnl())
  // A connection outlives the test that made it.
  await table.flush()
  troubles = []
})
afterEach(async () => {
  await queue?.close()
  await table.close()
})

const marks = () =>
  [...sh('conntrack -L -p udp --orig-port-dst 5353 2>/dev/null').matchAll(/mark=(\d+)/g)].map(([, mark]) => mark)

test.each(hosts)('%s: a packet gets its flow, and its connmark is set before it is released', async (family, host) => {
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const queue = await open(1)
  const seen: (number | undefined)[] = []
  queue.run((packet) => {
    expect(packet.flow?.original.destination).toMatchObject({ address: host, port: 5353 })
    seen.push(packet.flow?.mark)
    packet.accept(seen.length === 1 ? { connmark: 7 } : {})
  })
  using listener = await udpListener(host, 5353)
  let marked: number | undefined
  // When the first datagram is there, its connection has the mark.
  const socket = sendUdp(host, 5353, ['one', 'two'])
  await until(() => listener.got.length === 2, 'both datagrams')
  await socket
  const filter = { family: family === 'IPv4' ? 'ipv4' : 'ipv6', protocol: 'udp' } as const
  for await (const flow of table.dump(filter)) if (flow.original.destination.port === 5353) marked = flow.mark
  expect(marked).toBe(7)
  expect(queue.stats()).toMatchObject({ verdicts: { accept: 2 }, unjudged: { threw: 0 } })
  expect(troubles).toEqual([])
})

test('the first packet of a connection on its way out: the mark is set as soon as there is an entry', async () => {
  rule('-A OUTPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const queue = await open(1)
  queue.run((packet) => packet.accept({ connmark: { value: 0x12, mask: 0xff } }))
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['one'])
  await until(() => listener.got.length === 1, 'the datagram')
  await until(() => marks().includes('18'), 'the mark')
  expect(troubles).toEqual([])
})

test('a packet that waits for its flow holds up no other', async () => {
  rule('-A INPUT -p udp -j NFQUEUE --queue-num 1')
  const never = { peek: () => undefined, get: () => new Promise<undefined>(() => {}), setMark: async () => false }
  const some = new FlowLookup(table)
  queue = await openQueue(openMnl(), {
    number: 1,
    conntrack: 'off',
    deadlineMilliseconds: 200,
    onUnjudged: 'drop',
    flows: { ...never, get: (tuple) => (tuple.destination.port === 5353 ? never.get() : some.get(tuple)) },
  })
  queue.run((packet) => packet.accept())
  using stuck = await udpListener('127.0.0.1', 5353)
  using free = await udpListener('127.0.0.1', 5354)
  await sendUdp('127.0.0.1', 5353, ['stuck'])
  await sendUdp('127.0.0.1', 5354, ['free'])
  await until(() => free.got.length === 1, 'the free one')
  expect(stuck.got).toEqual([])
  await until(() => queue?.stats().unjudged.deadline === 1, 'the deadline of the other')
})

test('behind a redirection: a packet gets its flow, and its connmark is set', async () => {
  rule('-t nat -A OUTPUT -p udp --dport 5354 -j REDIRECT --to-ports 5353')
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const queue = await open(1)
  const seen: (number | undefined)[] = []
  queue.run((packet) => {
    expect(packet.tuple?.destination.port).toBe(5353)
    seen.push(packet.flow?.original.destination.port)
    packet.accept({ connmark: 7 })
  })
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5354, ['one', 'two'])
  await until(() => listener.got.length === 2, 'both datagrams')
  expect(seen).toEqual([5354, 5354])
  const [flow] = await table.dump({ protocol: 'udp', destinationPort: 5354 }).toArray()
  expect(flow?.mark).toBe(7)
  expect(troubles).toEqual([])
})
