import { type Attrs, decode, encodeAttrs } from '@nfkit/netlink-codec'
import { conntrack, type Expect, expect as expectTable } from '@nfkit/netlink-codec/conntrack'
import { nfqa, type QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import type { DeliverOptions, Outcome, ProfileName } from '../../src/index.ts'
import { attributeIds, Bench, config, verdict } from '../queueing.ts'
import { icmp, tcp, udpPacket } from '../segments.ts'
import { attribute, drain } from '../talk.ts'
import { A, eventOf, mirrored, tuple } from '../tracking.ts'

const { rows } = nfqa

function glued(profile: ProfileName = 'debian-6.12', mode = 2): Bench {
  const bench = new Bench({ profile }, 0, mode)
  expect(bench.config(0, config.flags(2), config.mask(2))).toBe(0)
  Object.assign(bench.kernel.conntrack.settings, { acct: true, timestamp: true, labels: true })
  return bench
}

const connectionOf = (packet: QueuedPacket) => {
  const { bytes, start, end } = packet.attrs.nest(rows.ct) as Attrs
  return decode(conntrack, bytes, start, end)
}

test('F-100 with the flag CONNTRACK the connection comes before CAP_LEN, in mode meta too', () => {
  const options: DeliverOptions = { hook: 'output', classid: 3, secctx: 'label' }
  const bench = glued()
  bench.config(0, config.params(2, 24), config.flags(0x1e), config.mask(0x1e))
  expect(attributeIds(bench.deliver(udpPacket(A), options).packets[0]!)).toEqual([1, 6, 22, 18, 11, 12, 13, 14, 10])
  const meta = glued('7.2', 1)
  expect(attributeIds(meta.deliver(udpPacket(A), { hook: 'output' }).packets[0]!)).toEqual([1, 6, 11, 12, 14])
})

test('F-101 not before connection tracking ran, and not for what it leaves out', () => {
  const bench = glued()
  bench.kernel.rules.add({ hook: 'output', table: 'raw', queue: 0 })
  expect(attributeIds(bench.deliver(udpPacket(A), { hook: 'output' }).packets[0]!)).not.toContain(11)
  bench.kernel.rules.flushRuleset()
  bench.kernel.rules.add({ hook: 'output', table: 'raw', notrack: true })
  const left = bench.deliver(udpPacket(A), { hook: 'output', queue: 0 }).packets[0]!
  expect(attributeIds(left)).toEqual([1, 6, 10])
})

test('F-102 the first packet: new, unconfirmed, no start, and counted already', () => {
  const bench = glued()
  const { packets } = bench.deliver(tcp(A, 'syn'), { hook: 'output' })
  const value = connectionOf(packets[0]!)
  expect(Object.keys(value)).toEqual([
    'tupleOrig',
    'tupleReply',
    'id',
    'status',
    'timeout',
    'protoinfo',
    'countersOrig',
    'countersReply',
    'timestamp',
    'mark',
  ])
  expect(value).toMatchObject({
    tupleOrig: tuple(A, 6),
    status: 0,
    timeout: 120,
    countersOrig: { packets: 1n, bytes: 40n },
    countersReply: { packets: 0n },
    timestamp: { start: 0n },
    protoinfo: { tcp: { state: 1 } },
    mark: 0,
  })
  expect(packets[0]!.get(rows.ctInfo)).toBe(2)
  expect(bench.kernel.conntrack.entries).toEqual([])
})

test('CT_INFO by direction and state', async () => {
  const bench = glued()
  const infoOf = async (bytes: Uint8Array) => {
    const { packets, outcome } = bench.deliver(bytes)
    bench.send(verdict(0, packets[0]!.id, 1))
    await outcome
    return packets[0]!.get(rows.ctInfo)
  }
  expect(await infoOf(udpPacket(A))).toBe(2)
  expect(await infoOf(udpPacket(A))).toBe(2)
  expect(await infoOf(udpPacket(mirrored(A)))).toBe(3)
  expect(await infoOf(udpPacket(A))).toBe(0)
  const about = udpPacket(A)
  expect(await infoOf(icmp('10.1.0.2 > 10.1.0.1', 3, about))).toBe(4)
  expect(await infoOf(icmp('10.1.0.1 > 10.1.0.2', 11, udpPacket(mirrored(A))))).toBe(1)
})

/** The outcome of a verdict with NFQA_CT, and the entry afterwards. */
async function judged(ct: Parameters<typeof encodeAttrs<typeof conntrack>>[1], value = 1) {
  const bench = glued()
  const { outcome } = bench.deliver(udpPacket(A))
  expect(bench.judge(1, value, attribute(11 | 0x8000, encodeAttrs(conntrack, ct)))).toBe(0)
  return { outcome: (await outcome) as Outcome, entry: bench.kernel.conntrack.entries[0] }
}

test('F-103 a verdict may change mark, timeout, status, helper data and labels; the first error ends it unheard', async () => {
  const { entry, outcome } = await judged({
    timeout: 77,
    status: 0x400,
    labels: Uint8Array.of(1, 0, 0, 0),
    mark: 5,
    zone: 9,
  })
  expect(entry).toMatchObject({ timeout: 77, status: 0x408, mark: 5 })
  expect(entry!.labels).toEqual(Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : 0)))
  expect(outcome.connmark).toBe(5)
  expect((await judged({ mark: 0xff, markMask: 0xf })).entry).toMatchObject({ mark: 0xff })
  expect((await judged({ timeout: 77, help: { name: 'nonesuch' }, mark: 5 })).entry).toMatchObject({
    timeout: 77,
    mark: 0,
  })
  const dropped = await judged({ mark: 5 }, 0)
  expect(dropped).toMatchObject({ entry: undefined, outcome: { verdict: 'drop', connmark: 5 } })
  expect(
    (await judged({ tupleOrig: tuple('1.1.1.1:1 > 2.2.2.2:2'), protoinfo: {}, natSrc: {}, mark: 6 })).entry,
  ).toMatchObject({ tupleOrig: tuple(A), mark: 6 })
})

test('a verdict may clear status bits, but not SEEN_REPLY', async () => {
  const bench = glued()
  const send = async (bytes: Uint8Array, ct: object) => {
    const { packets, outcome } = bench.deliver(bytes)
    bench.send(verdict(0, packets[0]!.id, 1, attribute(11 | 0x8000, encodeAttrs(conntrack, ct))))
    await outcome
    return bench.kernel.conntrack.entries[0]
  }
  expect(await send(udpPacket(A), { status: 0x400 })).toMatchObject({ status: 0x408 })
  expect(await send(udpPacket(A), { status: 0 })).toMatchObject({ status: 0x008 })
  await send(udpPacket(mirrored(A)), {})
  expect(await send(udpPacket(A), { status: 0, mark: 7 })).toMatchObject({ status: 0x00a, mark: 0 })
})

test('F-104 a verdict may make an expectation, for a connection with a helper', async () => {
  const bench = glued()
  bench.kernel.rules.add({ hook: 'prerouting', table: 'raw', helper: 'tftp' })
  bench.kernel.rules.add({ hook: 'input', queue: 0 })
  const listener = bench.open()
  listener.bind(0, 0b001000)
  listener.join(1)
  const expected: Expect = {
    tuple: tuple('10.1.0.2:9 > 10.1.0.1:2001'),
    mask: tuple('255.255.255.255:0 > 255.255.255.255:65535'),
  }
  const more = [
    attribute(11 | 0x8000, encodeAttrs(conntrack, { mark: 1 })),
    attribute(15 | 0x8000, encodeAttrs(expectTable, expected)),
  ]
  for (const text of [A, '10.1.0.1:77 > 10.1.0.2:69']) {
    const { packets, outcome } = bench.deliver(udpPacket(text))
    expect(bench.judge(packets[0]!.id, 1, ...(text === A ? [more[1]!] : more))).toBe(0)
    await outcome
  }
  expect(bench.kernel.conntrack.expectations).toEqual(['udp 10.1.0.2:9 > 10.1.0.1:2001'])
  const events = drain(listener).map((bytes) => eventOf(bytes as Uint8Array))
  expect(events.filter(({ kind }) => kind === 'expect new')).toMatchObject([{ portId: 0 }])
})
