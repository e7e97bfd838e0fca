import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { expect, test } from 'vitest'
import type { SimulatedKernel } from '../../src/index.ts'
import { icmp, tcp, udpPacket } from '../segments.ts'
import { drain, typeAt } from '../talk.ts'
import { A, B, CtBench, entryOf, eventOf, flags, flow, mirrored, tuple } from '../tracking.ts'

const send = (kernel: SimulatedKernel, bytes: Uint8Array) => kernel.deliver(bytes, { queue: null })

test('F-140 type, flags, group, sequence and port of events', () => {
  const bench = new CtBench()
  const { portId } = bench.socket
  bench.create(flow(A))
  bench.update({ tupleOrig: tuple(A), mark: 1 })
  bench.delete({ tupleOrig: tuple(A) })
  expect(bench.events()).toMatchObject([
    { kind: 'new', flags: 0x600, sequence: 0, portId },
    { kind: 'update', flags: 0, sequence: 0, portId },
    { kind: 'destroy', flags: 0, sequence: 0, portId },
  ])
  for (const [group, kind] of [
    [1, 'new'],
    [2, 'update'],
    [3, 'destroy'],
  ] as const) {
    const only = new CtBench({}, 1 << (group - 1))
    only.create(flow(A))
    only.update({ tupleOrig: tuple(A), mark: 1 })
    only.delete({ tupleOrig: tuple(A) })
    expect(only.events().map((event) => event.kind)).toEqual([kind])
  }
})

test('F-141 with ECHO the requester gets the event before its ACK, and once', () => {
  const bench = new CtBench()
  for (const groups of [0, 0b111]) {
    bench.socket.bind(bench.socket.portId, groups)
    const answers = bench.ask(bench.request(conntrackMessage.new, flow(groups ? A : B), { flags: flags.create | 8 }))
    expect(answers.map(typeAt)).toEqual([0x100, 2])
    expect(eventOf(answers[0]!)).toMatchObject({ kind: 'new', sequence: 0, portId: bench.socket.portId })
  }
  expect(bench.events()).toHaveLength(2)
})

test('F-142 without ECHO a requester that listens gets the event like everybody', () => {
  const bench = new CtBench()
  bench.socket.bind(bench.socket.portId, 0b111)
  expect(bench.ask(bench.request(conntrackMessage.new, flow(A), { flags: flags.create })).map(typeAt)).toEqual([
    0x100, 2,
  ])
})

test('F-143 entries made while nobody listens never tell anything', () => {
  const bench = new CtBench({}, 0)
  bench.create(flow(A))
  bench.listener.bind(bench.listener.portId, 0b111)
  bench.create(flow(B))
  bench.update({ tupleOrig: tuple(A), mark: 1 })
  bench.delete({ tupleOrig: tuple(A) })
  bench.delete({ tupleOrig: tuple(B) })
  expect(bench.events().map(({ kind, value }) => [kind, value.tupleOrig])).toEqual([
    ['new', tuple(B)],
    ['destroy', tuple(B)],
  ])
  for (const [setting, expected] of [
    [0, 0],
    [1, 1],
  ] as const) {
    const other = new CtBench({}, 0)
    other.kernel.conntrack.settings.events = setting
    other.create(flow(A))
    other.listener.bind(other.listener.portId, 0b111)
    other.delete({ tupleOrig: tuple(A) })
    expect(other.events()).toHaveLength(expected)
  }
})

test('F-144 what a destroy event holds', () => {
  const bench = new CtBench()
  Object.assign(bench.kernel.conntrack.settings, { acct: true, timestamp: true })
  bench.create({ ...flow(A, 6), mark: 3, protoinfo: { tcp: { state: 3 } } })
  bench.delete({ tupleOrig: tuple(A, 6) })
  const [made, gone] = bench.events()
  expect(Object.keys(made!.value)).toEqual([
    'tupleOrig',
    'tupleReply',
    'id',
    'status',
    'timeout',
    'protoinfo',
    'synproxy',
    'mark',
    'timestampEvent',
  ])
  expect(Object.keys(gone!.value)).toEqual([
    'tupleOrig',
    'tupleReply',
    'id',
    'status',
    'timeout',
    'countersOrig',
    'countersReply',
    'timestamp',
    'protoinfo',
    'mark',
    'timestampEvent',
  ])
  expect(gone!.value).toMatchObject({ status: 0x208, timeout: 100, protoinfo: { tcp: { state: 3 } } })
  expect(Object.keys(gone!.value.protoinfo!.tcp!)).toEqual(['state'])
  expect(Object.keys(gone!.value.timestamp!)).toEqual(['start', 'stop'])
})

const told = (bench: CtBench) =>
  bench.events().map(({ kind, value }) => {
    const state = value.protoinfo?.tcp?.state
    return [kind, value.status, ...(state === undefined ? [] : [state])]
  })

test('F-145 events of a TCP connection, one per packet that changed something', async () => {
  const bench = new CtBench()
  const { kernel } = bench
  const reply = mirrored(A)
  await send(kernel, tcp(A, 'syn', { sequence: 100 }))
  await send(kernel, tcp(reply, 'syn ack', { sequence: 500, acknowledged: 101 }))
  await send(kernel, tcp(A, 'ack', { sequence: 101, acknowledged: 501 }))
  expect(told(bench)).toEqual([
    ['new', 0x08, 1],
    ['update', 0x0a, 2],
    ['update', 0x0e, 3],
  ])
  expect(kernel.conntrack.entries).toMatchObject([{ timeout: 432_000 }])
  await send(kernel, tcp(A, 'ack', { sequence: 101, acknowledged: 501, length: 10 }))
  expect(kernel.conntrack.entries).toMatchObject([{ timeout: 300 }])
  await send(kernel, tcp(reply, 'ack', { sequence: 501, acknowledged: 111 }))
  expect(told(bench)).toEqual([])
  expect(kernel.conntrack.entries).toMatchObject([{ timeout: 432_000 }])
  await send(kernel, tcp(A, 'fin ack', { sequence: 111, acknowledged: 501 }))
  await send(kernel, tcp(reply, 'ack', { sequence: 501, acknowledged: 112 }))
  await send(kernel, tcp(reply, 'fin ack', { sequence: 501, acknowledged: 112 }))
  await send(kernel, tcp(A, 'ack', { sequence: 112, acknowledged: 502 }))
  expect(told(bench)).toEqual([
    ['update', 0x0e, 4],
    ['update', 0x0e, 5],
    ['update', 0x0e, 6],
    ['update', 0x0e, 7],
  ])
  expect(kernel.conntrack.entries).toMatchObject([{ timeout: 120 }])
  await send(kernel, tcp(A, 'syn', { sequence: 900 }))
  expect(told(bench)).toEqual([
    ['destroy', 0x20e, 7],
    ['new', 0x08, 1],
  ])
  await send(kernel, tcp(reply, 'rst ack', { acknowledged: 901 }))
  expect(told(bench).map(([kind]) => kind)).toEqual(['destroy'])
  expect(kernel.conntrack.entries).toEqual([])
})

test('TCP picked up in the middle, retransmitted SYN, and what belongs to no connection', async () => {
  const bench = new CtBench()
  const { kernel } = bench
  await send(kernel, tcp(A, 'ack'))
  expect(kernel.conntrack.entries).toMatchObject([
    { timeout: 300, protoinfo: { tcp: { state: 3, flagsOriginal: { flags: 0x0a } } } },
  ])
  await send(kernel, tcp(B, 'syn'))
  kernel.advance(50)
  await send(kernel, tcp(B, 'syn'))
  expect(kernel.conntrack.entries).toMatchObject([{}, { timeout: 70 }])
  await send(kernel, tcp('10.1.0.1:5 > 10.1.0.2:6', 'syn ack'))
  expect(kernel.conntrack.entries).toHaveLength(2)
  kernel.conntrack.settings.tcpLoose = false
  await send(kernel, tcp('10.1.0.1:7 > 10.1.0.2:8', 'ack'))
  expect(kernel.conntrack.entries).toHaveLength(2)
})

test('F-145 events of UDP and ICMP', async () => {
  const bench = new CtBench()
  const { kernel } = bench
  await send(kernel, udpPacket(A))
  await send(kernel, udpPacket(mirrored(A)))
  await send(kernel, udpPacket(A))
  expect(told(bench)).toEqual([
    ['new', 0x08],
    ['update', 0x0a],
  ])
  expect(kernel.conntrack.entries).toMatchObject([{ timeout: 30 }])
  kernel.advance(2.1)
  await send(kernel, udpPacket(A))
  expect(told(bench)).toEqual([['update', 0x0e]])
  expect(kernel.conntrack.entries).toMatchObject([{ timeout: 120 }])
  await send(kernel, icmp('10.1.0.1 > 10.1.0.2', 8))
  await send(kernel, icmp('10.1.0.2 > 10.1.0.1', 0))
  await send(kernel, icmp('10.1.0.3 > 10.1.0.1', 0))
  expect(told(bench)).toEqual([
    ['new', 0x08],
    ['update', 0x0a],
  ])
})

test('F-146 destroy events a listener insists on are tried again, and their entries are dying meanwhile', async () => {
  const lost = (insists: boolean) => {
    const bench = new CtBench({}, 0b100)
    bench.listener.set('broadcastError', insists)
    for (let i = 0; i < 10; i++) bench.create(flow(`10.1.0.1:${i + 1} > 10.1.0.2:5`))
    bench.listener.resize({ receive: 1250 })
    for (let i = 0; i < 10; i++) expect(bench.delete({ tupleOrig: tuple(`10.1.0.1:${i + 1} > 10.1.0.2:5`) })).toBe(0)
    return bench
  }
  const readable = (bench: CtBench) =>
    drain(bench.listener).map((one) => (one instanceof Uint8Array ? eventOf(one).kind : one.code))
  const careless = lost(false)
  expect(readable(careless)).toEqual(['ENOBUFS', 'destroy', 'destroy', 'destroy'])
  careless.kernel.advance(5)
  expect(readable(careless)).toEqual([])

  const careful = lost(true)
  const { portId } = careful.socket
  expect(careful.dump({}, 0, conntrackMessage.getDying.type)).toHaveLength(7)
  const [statistics] = careful.ask(careful.request([0x105, conntrackMessage.get.table], {}, { flags: 1 }))
  expect(statistics![27]).toBe(7)
  const all = readable(careful)
  careful.kernel.advance(1)
  for (let i = 0; i < 5; i++) {
    for (const one of drain(careful.listener)) {
      all.push(one instanceof Uint8Array ? eventOf(one).kind : one.code)
      if (one instanceof Uint8Array) expect(eventOf(one).portId).toBe(portId)
    }
    careful.kernel.advance(0.01)
  }
  expect(all.filter((kind) => kind === 'destroy')).toHaveLength(10)
  expect(all).toContain('ENOBUFS')
  expect(careful.dump({}, 0, conntrackMessage.getDying.type)).toEqual([])
})

test('F-147 a flush tells of each entry, with the port of who flushed', () => {
  const bench = new CtBench()
  bench.create(flow(A))
  bench.create(flow(B))
  bench.events()
  expect(bench.delete({})).toBe(0)
  const { portId } = bench.socket
  expect(bench.events()).toMatchObject([
    { kind: 'destroy', portId },
    { kind: 'destroy', portId },
  ])
})

test('traffic and answers over lo share one connection, and packets in queues hold it', async () => {
  const bench = new CtBench()
  const { kernel } = bench
  expect(await kernel.deliver(udpPacket(A), { loopback: true, hook: 'output', queue: null })).toMatchObject({
    verdict: 'accept',
    connmark: 0,
  })
  await kernel.deliver(udpPacket(mirrored(A)), { loopback: true, hook: 'output', queue: null })
  expect(kernel.conntrack.entries).toMatchObject([{ status: 0x0a, name: 'udp 10.1.0.1:1000 > 10.1.0.2:2000' }])
  expect(entryOf(bench.ask(bench.request(conntrackMessage.get, { tupleOrig: tuple(A) }))[0]!)).toMatchObject({
    use: 2,
  })
})
