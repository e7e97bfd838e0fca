import { icmp, tcp, udp } from '@nfkit/ip-codec/build'
import { encodeAttrs, errno, messageFlags, messages } from '@nfkit/netlink-codec'
import { conntrack, conntrackMessage, type Expect, expectMessage, status } from '@nfkit/netlink-codec/conntrack'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import type { ProfileName, SimulatedKernel } from '../src/index.ts'
import { Bench, config, verdict } from './queueing.ts'
import { ask, attribute, drain, message } from './talk.ts'
import { A, B, CtBench, entryOf, eventOf, flags, flow, mirrored, tuple } from './tracking.ts'

const { rows } = nfqa
const send = (kernel: SimulatedKernel, bytes: Uint8Array) => kernel.deliver(bytes, { queue: null })

const any = tuple('255.255.255.255:0 > 255.255.255.255:65535')
const wanted = (port: number): Expect => ({
  tuple: tuple(`10.1.0.2:9 > 10.1.0.1:${port}`),
  mask: any,
  master: tuple(A),
})

function helped(): CtBench {
  const bench = new CtBench()
  bench.create({ ...flow(A), help: { name: 'tftp' } })
  bench.events()
  return bench
}

function glued(profile: ProfileName = 'debian-6.12', mode = 2): Bench {
  const bench = new Bench({ profile }, 0, mode)
  expect(bench.config(0, config.flags(2), config.mask(2))).toBe(0)
  Object.assign(bench.kernel.conntrack.settings, { acct: true, timestamp: true, labels: true })
  return bench
}

test('TCP picked up in the middle, retransmitted SYN, and what belongs to no connection', async () => {
  const bench = new CtBench()
  const { kernel } = bench
  await send(kernel, tcp(A, { ack: true }))
  expect(kernel.conntrack.entries).toMatchObject([
    { timeout: 300, protoinfo: { tcp: { state: 3, flagsOriginal: { flags: 0x0a | 0x20 } } } },
  ])
  await send(kernel, tcp(B, { syn: true }))
  kernel.advance(50)
  await send(kernel, tcp(B, { syn: true }))
  expect(kernel.conntrack.entries).toMatchObject([{}, { timeout: 70 }])
  await send(kernel, tcp('10.1.0.1:5 > 10.1.0.2:6', { syn: true, ack: true }))
  expect(kernel.conntrack.entries).toHaveLength(2)
  kernel.conntrack.settings.tcpLoose = false
  await send(kernel, tcp('10.1.0.1:7 > 10.1.0.2:8', { ack: true }))
  expect(kernel.conntrack.entries).toHaveLength(2)
})

test('traffic and answers over lo share one connection, and packets in queues hold it', async () => {
  const bench = new CtBench()
  const { kernel } = bench
  expect(await kernel.deliver(udp(A), { loopback: true, hook: 'output', queue: null })).toMatchObject({
    verdict: 'accept',
    connmark: 0,
  })
  await kernel.deliver(udp(mirrored(A)), { loopback: true, hook: 'output', queue: null })
  expect(kernel.conntrack.entries).toMatchObject([{ status: 0x0a, name: 'udp 10.1.0.1:1000 > 10.1.0.2:2000' }])
  expect(entryOf(bench.ask(bench.request(conntrackMessage.get, { tupleOrig: tuple(A) }))[0]!)).toMatchObject({
    use: 2,
  })
})

test('an expected connection names its master, and uses the expectation up', async () => {
  const bench = helped()
  bench.expectation(wanted(7))
  bench.events()
  await bench.kernel.deliver(udp('10.1.0.2:9 > 10.1.0.1:7'), { queue: null })
  expect(bench.events()).toMatchObject([
    { kind: 'expect destroy' },
    { kind: 'new', value: { status: 9, tupleMaster: tuple(A) } },
  ])
  expect(bench.kernel.conntrack.entries[1]).toMatchObject({ status: status.expected | status.confirmed })
  expect(bench.kernel.conntrack.expectations).toEqual([])
})

test('EXP_DELETE takes one, those of a helper, or all', () => {
  const bench = helped()
  const deletion = (value: Expect) => bench.expectation(value, flags.update, expectMessage.delete.type)
  expect(deletion({ tuple: wanted(1).tuple })).toBe(-errno.ENOENT)
  for (const value of [{ tuple: wanted(1).tuple }, { helpName: 'tftp' }, {}]) {
    bench.expectation(wanted(1))
    expect(deletion({ helpName: 'amanda' })).toBe(0)
    expect(bench.kernel.conntrack.expectations).toHaveLength(1)
    expect(deletion(value)).toBe(0)
    expect(bench.kernel.conntrack.expectations).toEqual([])
  }
})

test('CT_INFO by direction and state', async () => {
  const bench = glued()
  const infoOf = async (bytes: Uint8Array) => {
    const { packets, outcome } = bench.deliver(bytes)
    bench.send(verdict(0, packets[0]!.id, 1))
    await outcome
    return packets[0]!.get(rows.ctInfo)
  }
  expect(await infoOf(udp(A))).toBe(2)
  expect(await infoOf(udp(A))).toBe(2)
  expect(await infoOf(udp(mirrored(A)))).toBe(3)
  expect(await infoOf(udp(A))).toBe(0)
  const about = udp(A)
  expect(await infoOf(icmp('10.1.0.2 > 10.1.0.1', { type: 3, payload: about }))).toBe(4)
  expect(await infoOf(icmp('10.1.0.1 > 10.1.0.2', { type: 11, payload: udp(mirrored(A)) }))).toBe(1)
})

test('queued packets tell the tuples of a connection before it is assured and after, and all else as it is now', async () => {
  const bench = glued()
  const { kernel } = bench
  const assured: boolean[] = []
  for (const [at, ends] of [A, mirrored(A), A, mirrored(A), A, mirrored(A)].entries()) {
    const { packets, outcome } = bench.deliver(udp(ends))
    const told = packets[0]!.get(rows.ct)!
    bench.send(verdict(0, packets[0]!.id, 1, attribute(11 | 0x8000, attribute(8, `0000000${at}`))))
    await outcome
    const { tupleOrig, tupleReply, id } = kernel.conntrack.entries[0]!
    expect(Object.keys(told).slice(0, 2)).toEqual(['tupleOrig', 'tupleReply'])
    expect([told.tupleOrig, told.tupleReply]).toEqual([tupleOrig, tupleReply])
    expect(told).toMatchObject({ id, mark: Math.max(0, at - 1) })
    expect(told.countersOrig?.packets).toBe(BigInt(Math.floor(at / 2) + 1))
    assured.push((told.status! & status.assured) !== 0)
    kernel.advance(3)
  }
  expect(assured[0]).toBe(false)
  expect(assured.at(-1)).toBe(true)
})

test('a verdict may clear status bits, but not SEEN_REPLY', async () => {
  const bench = glued()
  const send = async (bytes: Uint8Array, ct: object) => {
    const { packets, outcome } = bench.deliver(bytes)
    bench.send(verdict(0, packets[0]!.id, 1, attribute(11 | 0x8000, encodeAttrs(conntrack, ct))))
    await outcome
    return bench.kernel.conntrack.entries[0]
  }
  expect(await send(udp(A), { status: 0x400 })).toMatchObject({ status: 0x408 })
  expect(await send(udp(A), { status: 0 })).toMatchObject({ status: 0x008 })
  await send(udp(mirrored(A)), {})
  expect(await send(udp(A), { status: 0, mark: 7 })).toMatchObject({ status: 0x00a, mark: 0 })
})

test('the direction of what an expectation translates is 0 or 1', () => {
  const bench = helped()
  const { tuple: expected } = wanted(1)
  expect(bench.expectation({ ...wanted(1), nat: { dir: 2, tuple: expected } })).toBe(-errno.ERANGE)
  expect(bench.expectation({ ...wanted(1), nat: { dir: 1, tuple: expected } })).toBe(0)
})

test('expired entries are gone at once; their event comes when somebody looks, or with the next minute', () => {
  const bench = new CtBench()
  bench.kernel.conntrack.settings.timestamp = true
  const start = bench.kernel.clock.wall
  const second = 1_000_000_000n
  for (const text of [A, B]) bench.create({ ...flow(text), timeout: 10 })
  bench.events()
  const gone = (afterSeconds: bigint) => ({
    kind: 'destroy',
    portId: 0,
    value: { timestamp: { stop: start + 10n * second }, timestampEvent: start + afterSeconds * second },
  })
  bench.kernel.advance(20)
  expect(bench.kernel.conntrack.entries).toEqual([])
  expect(bench.events()).toEqual([])
  expect(bench.get({ tupleOrig: tuple(A) })).toBe(-errno.ENOENT)
  expect(bench.events()).toMatchObject([gone(20n)])
  bench.kernel.advance(40)
  expect(bench.events()).toMatchObject([gone(60n)])
})

test('destroy events a listener insists on are tried again until it has them all', () => {
  const ends = Array.from({ length: 10 }, (_, i) => `10.1.0.1:${i + 1} > 10.1.0.2:5`)
  for (const [insists, expected] of [
    [false, 3],
    [true, 10],
  ] as const) {
    const bench = new CtBench({}, 0b100)
    bench.listener.set('broadcastError', insists)
    for (const text of ends) bench.create(flow(text))
    bench.listener.resize({ receive: 1250 })
    for (const text of ends) expect(bench.errno(conntrackMessage.delete.type, { tupleOrig: tuple(text) })).toBe(0)
    const heard: string[] = []
    const listen = () => {
      for (const one of drain(bench.listener)) heard.push(one instanceof Uint8Array ? eventOf(one).kind : one.code)
    }
    listen()
    bench.kernel.advance(1)
    for (let i = 0; i < 5; i++) {
      listen()
      bench.kernel.advance(0.01)
    }
    expect(heard).toContain('ENOBUFS')
    expect(heard.filter((kind) => kind === 'destroy')).toHaveLength(expected)
  }
})

test('a destroy event whose echo finds no room is sent again, to the group', () => {
  const bench = new CtBench({}, 0b100)
  bench.create(flow(A))
  const other = bench.kernel.socket()
  other.bind()
  const dying = () =>
    ask(
      other,
      bench.request(conntrackMessage.getDying, {}, { flags: messageFlags.request | messageFlags.dump }),
    ).flatMap((bytes) => [...messages(bytes)].filter(({ type }) => type === conntrackMessage.new.type)).length
  bench.socket.resize({ receive: 1250 })
  for (let i = 0; i < 5; i++) bench.socket.send(message(conntrackMessage.get.type))
  bench.socket.send(
    bench.request(
      conntrackMessage.delete,
      { tupleOrig: tuple(A) },
      { flags: messageFlags.request | messageFlags.echo },
    ),
  )
  expect(dying()).toBe(1)
  drain(bench.listener)
  bench.kernel.advance(1)
  expect(dying()).toBe(0)
  expect(bench.events().map(({ kind }) => kind)).toEqual(['destroy'])
})
