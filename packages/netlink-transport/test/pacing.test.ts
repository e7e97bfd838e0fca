import { encodeAck } from '@nfkit/netlink-codec'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { Backlog, Connection, EventSocket, OneByOne, Requests } from '../src/index.ts'
import { get, message, packet, portOf, protocol } from './messages.ts'
import { track, turns } from './overheard.ts'
import { scripted } from './scripted.ts'

test('64 requests are under way at once; the others wait their turn, and a refusal makes room as well', async () => {
  let underWay = 0
  let most = 0
  const transport = scripted((request) => {
    most = Math.max(most, ++underWay)
    setImmediate(() => underWay--)
    return [encodeAck(request, { errno: message(request).sequence % 3 === 0 ? 2 : 0, portId: scripted.portId })]
  })
  const connection = new Connection(transport, protocol)
  transport.receive(connection)
  const requests = new Requests(connection)
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => requests.request(get(1))))
  expect(most).toBe(64)
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(66)
})

test('a backlog pauses its source above its mark, and resumes it when what waits was taken', async () => {
  const told: string[] = []
  const backlog = new Backlog<number>(2, { pause: () => told.push('pause'), resume: () => told.push('resume') })
  for (const item of [1, 2, 3]) backlog.push(item)
  backlog.hold()
  backlog.hold()
  expect(told).toEqual(['pause'])
  const batches = backlog.batches(() => told.push('left'))
  expect((await batches.next()).value).toEqual([1, 2, 3])
  expect(told).toEqual(['pause', 'resume'])
  backlog.push(4)
  backlog.end({ error: new Error('the end') })
  expect((await batches.next()).value).toEqual([4])
  await expect(batches.next()).rejects.toThrow('the end')
  expect(told).toEqual(['pause', 'resume', 'left'])
})

test('batches are walked item by item, in the order the calls came', async () => {
  async function* batches(): AsyncGenerator<readonly number[], void, undefined> {
    yield [1, 2]
    yield [3]
  }
  const items = new OneByOne(batches())
  const all = await Promise.all([items.next(), items.next(), items.next(), items.next()])
  expect(all.map(({ value }) => value)).toEqual([1, 2, 3, undefined])
  expect(all[3]!.done).toBe(true)
})

test('an event socket tells of events in bursts with bytes of their own, of gaps, and of damage after what came before it', async () => {
  const kernel = new SimulatedKernel()
  const transport = kernel.connect()
  const told: unknown[] = []
  const socket = new EventSocket<number>(
    transport,
    { groups: [group.conntrackNew, group.conntrackNew], read: portOf, receiveBuffer: 65_536 },
    {
      events: (ports) => told.push(ports),
      gap: () => told.push('gap'),
      fail: (error) => told.push((error as Error).name),
    },
  )
  track(kernel, [1, 2].map(packet))
  await turns(2)
  expect(told).toEqual([[1, 2]])
  expect([socket.received, socket.waiting, socket.lost, transport.leased]).toEqual([2, 0, 0, 0])
  kernel.inject({ kind: 'read error', code: 'ENOBUFS' }, transport)
  track(kernel, [packet(3)])
  await turns(3)
  expect(told.slice(1)).toEqual(expect.arrayContaining(['gap', [3]]))
  kernel.inject({ kind: 'truncated datagram', at: 2, length: 7 }, transport)
  track(kernel, [4, 5].map(packet))
  await turns(2)
  expect(told.slice(3)).toEqual([[4], 'DecodeError'])
  socket.close()
  expect(kernel.sockets).toEqual([])
})

test('an event socket that may not listen leaves no socket behind', () => {
  const kernel = new SimulatedKernel()
  const transport = kernel.connect()
  const sink = { events() {}, gap() {}, fail() {} }
  expect(
    () => new EventSocket(transport, { groups: [33], read: () => undefined, receiveBuffer: 65_536 }, sink),
  ).toThrow()
  expect(kernel.sockets).toEqual([])
})
