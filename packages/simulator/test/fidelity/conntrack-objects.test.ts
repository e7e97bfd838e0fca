import { errno, Message, u16 } from '@nfkit/netlink-codec'
import { conntrackMessage, status } from '@nfkit/netlink-codec/conntrack'
import { expect, test } from 'vitest'
import { ask, attribute, errorAt, errorOf, message, nest, typeAt } from '../talk.ts'
import { A, B, CtBench, entryOf, flags, flow, mirrored, tuple } from '../tracking.ts'

const keysOf = (bytes: Uint8Array) => Object.keys(entryOf(bytes))

test('F-110 creation needs the flag, both tuples of one protocol, and a timeout', () => {
  const bench = new CtBench()
  const { tupleOrig, tupleReply, timeout } = flow(A)
  expect(bench.create(flow(A), flags.update)).toBe(-errno.ENOENT)
  expect(bench.create({ tupleOrig, timeout })).toBe(-errno.EINVAL)
  expect(bench.create({ tupleReply, timeout })).toBe(-errno.EINVAL)
  expect(bench.create({ tupleOrig, tupleReply })).toBe(-errno.EINVAL)
  expect(bench.create({ tupleOrig, tupleReply: tuple(mirrored(A), 6), timeout })).toBe(-errno.EINVAL)
  expect(bench.create(flow(A))).toBe(0)
  expect(bench.create({ ...flow(B), timeout: 0 })).toBe(0)
  expect(bench.get({ tupleOrig: tuple(B) })).toBe(-errno.ENOENT)
  expect(bench.create({ ...flow(B), timeout: 0xffff_ffff })).toBe(0)
  expect(bench.get({ tupleOrig: tuple(B) })).toMatchObject({ timeout: 8_589_934 })
})

test('F-111 tuples are complete and of the family they claim', () => {
  const bench = new CtBench()
  for (const family of [0, 1, 7, 12]) expect(bench.create(flow(A), flags.create, family)).toBe(-errno.EOPNOTSUPP)
  expect(bench.create(flow(A), flags.create, 10)).toBe(-errno.EINVAL)
  expect(bench.create(flow('10.0.0.1 > 10.0.0.2'))).toBe(-errno.EINVAL)
  expect(bench.create(flow('10.0.0.1 > 10.0.0.2', 89))).toBe(0)
  expect(bench.get({ tupleOrig: { ip: tuple(A).ip } })).toBe(-errno.EINVAL)
  expect(bench.get({ tupleOrig: { proto: tuple(A).proto } })).toBe(-errno.EINVAL)
  const icmp = (icmpType: number) => ({
    tupleOrig: { ip: tuple(A).ip, proto: { num: 1, icmpId: 1, icmpType, icmpCode: 0 } },
  })
  for (const type of [0, 8, 13, 14, 15, 16, 17, 18]) expect(bench.get(icmp(type))).toBe(-errno.ENOENT)
  for (const type of [3, 5, 11, 200]) expect(bench.get(icmp(type))).toBe(-errno.EINVAL)
  const v6 = (icmpv6Type: number) => ({
    tupleOrig: { ip: tuple('[fd00::1] > [fd00::2]').ip, proto: { num: 58, icmpv6Id: 1, icmpv6Type, icmpv6Code: 0 } },
  })
  expect([128, 129, 139, 140, 135].map((type) => bench.get(v6(type), 10))).toEqual([-2, -2, -2, -2, -errno.EINVAL])
  const short = nest(
    1,
    nest(1, attribute(1, '0a01'), attribute(2, '0a010002')),
    nest(2, attribute(1, '11'), attribute(2, '0001'), attribute(3, '0002')),
  )
  expect(errorOf(bench.socket, message(0x101, { family: 2 }, short))).toBe(-errno.ERANGE)
})

test('F-112 what exists is refused with EXCL, else updated; REPLACE means nothing', () => {
  const bench = new CtBench()
  bench.create(flow(A))
  expect(bench.create(flow(A), flags.exclusive)).toBe(-errno.EEXIST)
  expect(bench.create({ ...flow(A), mark: 5 })).toBe(0)
  expect(bench.create({ ...flow(A), mark: 6 }, 0x505)).toBe(0)
  expect(bench.get({ tupleOrig: tuple(A) })).toMatchObject({ mark: 6 })
  expect(bench.get({ tupleReply: tuple(mirrored(A)) })).toMatchObject({ mark: 6 })
  expect(bench.get({ tupleOrig: tuple(mirrored(A)) })).toMatchObject({ mark: 6 })
})

test('F-113 a reply tuple that another entry has is refused', () => {
  const bench = new CtBench()
  bench.create(flow(A))
  expect(bench.create({ ...flow(B), tupleReply: tuple(mirrored(A)) })).toBe(-errno.EEXIST)
  expect(bench.kernel.conntrack.entries).toHaveLength(1)
})

test('F-114 a status without CONFIRMED, or with EXPECTED or DYING, is refused at creation', () => {
  const bench = new CtBench()
  for (const bits of [0, status.seenReply, status.confirmed | status.expected, status.confirmed | status.dying])
    expect(bench.create({ ...flow(A), status: bits })).toBe(-errno.EBUSY)
  expect(bench.create({ ...flow(A), status: status.confirmed | status.seenReply | status.assured })).toBe(0)
  expect(bench.get({ tupleOrig: tuple(A) })).toMatchObject({ status: 0x0e })
})

test('F-115 what an update may not change', () => {
  const bench = new CtBench()
  bench.create({ ...flow(A), status: 0x0e })
  const to = { tupleOrig: tuple(A) }
  const address = tuple(A).ip!.v4Src
  expect(bench.update({ ...to, natSrc: { v4Minip: address } })).toBe(-errno.EOPNOTSUPP)
  expect(bench.update({ ...to, natDst: {} })).toBe(-errno.EOPNOTSUPP)
  expect(bench.update({ ...to, tupleMaster: tuple(A) })).toBe(-errno.EOPNOTSUPP)
  expect(bench.update({ ...to, help: { name: 'nonesuch' } })).toBe(-errno.EOPNOTSUPP)
  expect(bench.update({ ...to, help: { name: 'tftp' } })).toBe(-errno.EOPNOTSUPP)
  for (const bits of [0x0c, 0x0a, 0x06, 0x0f, 0x20e]) expect(bench.update({ ...to, status: bits })).toBe(-errno.EBUSY)
  expect(bench.update({ ...to, labels: new Uint8Array(16) })).toBe(-errno.ENOSPC)
  expect(bench.update({ ...to, labels: new Uint8Array(3) })).toBe(-errno.EINVAL)
  expect(bench.update({ ...to, status: 0x0e | status.fixedTimeout })).toBe(0)
  expect(bench.update({ ...to, timeout: 5 })).toBe(-errno.EPERM)
  expect(errorOf(bench.socket, message(0x100, { family: 2 }, attribute(22, '00'.repeat(17))))).toBe(-errno.ERANGE)

  bench.create({ ...flow(B), help: { name: 'tftp' } })
  const helped = { tupleOrig: tuple(B) }
  expect(bench.update({ ...helped, help: { name: 'amanda' } })).toBe(-errno.EBUSY)
  expect(bench.update({ ...helped, help: { name: 'tftp' } })).toBe(0)
  expect(bench.update({ ...helped, help: { name: '' } })).toBe(0)
  expect(bench.get(helped)).not.toHaveProperty('help')
})

test('F-116 a mark under a mask is xored in', () => {
  const bench = new CtBench()
  bench.create({ ...flow(A), mark: 0xff00 })
  const marked = (mark: number, markMask?: number) => {
    bench.update({ tupleOrig: tuple(A), mark, markMask })
    return bench.kernel.conntrack.entries[0]!.mark
  }
  expect(marked(0x0f, 0xf0)).toBe(0xff0f)
  expect(marked(0xff, 0x0f)).toBe(0xffff)
  expect(marked(0xf, 0xf000)).toBe(0x0ff0)
  expect(marked(7)).toBe(7)
})

test('F-117 an update of the status only sets bits', () => {
  const bench = new CtBench()
  bench.create({ ...flow(A), status: 0x0e })
  expect(bench.update({ tupleOrig: tuple(A), status: 0x0e | status.fixedTimeout | status.srcNat })).toBe(0)
  expect(bench.kernel.conntrack.entries[0]!.status).toBe(0x40e)
  expect(bench.update({ tupleOrig: tuple(A), status: 0x0e })).toBe(0)
  expect(bench.kernel.conntrack.entries[0]!.status).toBe(0x40e)
})

test('F-118 an update that succeeds always makes one event, and one that fails keeps its first steps', () => {
  const bench = new CtBench()
  bench.create(flow(A))
  bench.events()
  expect(bench.update({ tupleOrig: tuple(A) })).toBe(0)
  expect(bench.events().map(({ kind }) => kind)).toEqual(['update'])
  expect(bench.update({ tupleOrig: tuple(A), timeout: 7, mark: 9, labels: new Uint8Array(4) })).toBe(-errno.ENOSPC)
  expect(bench.events()).toEqual([])
  expect(bench.get({ tupleOrig: tuple(A) })).toMatchObject({ timeout: 7, mark: 9 })
})

test('F-119 TCP states and window scales have limits; SCTP wants everything', () => {
  const bench = new CtBench()
  const tcp = (value: object) => bench.create({ ...flow(A, 6), protoinfo: { tcp: value } })
  expect(tcp({ state: 10 })).toBe(-errno.ERANGE)
  expect(tcp({ wscaleOriginal: 15 })).toBe(-errno.ERANGE)
  const on = { flags: 1, mask: 1 }
  expect(
    tcp({ state: 3, wscaleOriginal: 14, wscaleReply: 7, flagsOriginal: { flags: 0xff, mask: 3 }, flagsReply: on }),
  ).toBe(0)
  expect(bench.get({ tupleOrig: tuple(A, 6) })).toMatchObject({
    protoinfo: {
      tcp: {
        state: 3,
        wscaleOriginal: 14,
        wscaleReply: 7,
        flagsOriginal: { flags: 3, mask: 0 },
        flagsReply: { flags: 1, mask: 0 },
      },
    },
  })
  bench.create(flow(B, 6))
  expect(bench.get({ tupleOrig: tuple(B, 6) })).toMatchObject({ protoinfo: { tcp: { state: 0 } } })
  expect(bench.create({ ...flow(A, 132), protoinfo: { sctp: { state: 1, vtagOriginal: 2 } } })).toBe(-errno.EINVAL)
  expect(bench.create({ ...flow(A, 132), protoinfo: { sctp: { state: 1, vtagOriginal: 2, vtagReply: 3 } } })).toBe(0)
})

test('F-120 GET needs a tuple, and an entry that has not expired', () => {
  const bench = new CtBench()
  bench.create(flow(A))
  const entry = bench.get({ tupleOrig: tuple(A) }) as { id: number }
  expect(bench.get({})).toBe(-errno.EINVAL)
  expect(bench.get({ id: entry.id })).toBe(-errno.EINVAL)
  expect(bench.get({ tupleOrig: tuple(A), id: entry.id ^ 1 })).toMatchObject({ id: entry.id })
  expect(bench.get({ tupleOrig: tuple(B) })).toBe(-errno.ENOENT)
  bench.kernel.advance(100)
  expect(bench.get({ tupleOrig: tuple(A) })).toBe(-errno.ENOENT)
})

test('F-121 the order of attributes in gets', () => {
  const bench = new CtBench()
  Object.assign(bench.kernel.conntrack.settings, { acct: true, timestamp: true, labels: true })
  bench.create({ ...flow(A), help: { name: 'tftp' }, labels: Uint8Array.of(1, 0, 0, 0), zone: 5 })
  const [answer] = bench.ask(bench.request(conntrackMessage.get, { tupleOrig: tuple(A), zone: 5 }, { flags: 1 }))
  expect(keysOf(answer!)).toEqual([
    'tupleOrig',
    'tupleReply',
    'zone',
    'status',
    'mark',
    'id',
    'use',
    'timeout',
    'countersOrig',
    'countersReply',
    'timestamp',
    'help',
    'labels',
    'synproxy',
  ])
  expect(entryOf(answer!)).toMatchObject({
    use: 2,
    zone: 5,
    status: 0x2008,
    synproxy: { isn: 0, its: 0, tsoff: 0 },
    help: { name: 'tftp' },
  })
  expect(bench.dump()).toMatchObject([{ use: 1 }])
  const plain = new CtBench({ profile: { ...bench.kernel.profile, synproxy: false } })
  plain.create(flow(A))
  expect(plain.get({ tupleOrig: tuple(A) })).not.toHaveProperty('synproxy')
})

test('F-122 CTRZERO tells the counters, and zeroes them', async () => {
  const bench = new CtBench()
  bench.kernel.conntrack.settings.acct = true
  bench.create(flow(A))
  const udp = Uint8Array.from([
    0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 1, 0, 2, 3, 232, 7, 208, 0, 8, 0, 0,
  ])
  await bench.kernel.deliver(udp, { queue: null })
  const type = conntrackMessage.getCtrzero.type
  expect(bench.get({ tupleOrig: tuple(A) }, 2, type)).toMatchObject({ countersOrig: { packets: 1n, bytes: 28n } })
  expect(bench.get({ tupleOrig: tuple(A) })).toMatchObject({ countersOrig: { packets: 0n, bytes: 0n } })
  await bench.kernel.deliver(udp, { queue: null })
  expect(bench.dump({}, 0, type)).toMatchObject([{ countersOrig: { packets: 1n } }])
  expect(bench.dump()).toMatchObject([{ countersOrig: { packets: 0n } }])
})

test('F-123 filters of dumps', () => {
  const bench = new CtBench()
  bench.create({ ...flow(A), mark: 0x17, status: 0x0e })
  bench.create({ ...flow(B), mark: 0x27, zone: 3 })
  bench.create({ ...flow('[fd00::1]:1 > [fd00::2]:2', 6), mark: 5 }, flags.create, 10)
  const marks = (value: object, family = 0) => {
    const found = bench.dump(value, family)
    return typeof found === 'number' ? found : found.map(({ mark }) => mark)
  }
  expect(marks({})).toEqual([0x17, 0x27, 5])
  expect(marks({}, 2)).toEqual([0x17, 0x27])
  expect(marks({}, 7)).toEqual([])
  expect(marks({ mark: 7, markMask: 0xf })).toEqual([0x17, 0x27])
  expect(marks({ mark: 5 })).toEqual([5])
  expect(marks({ markMask: 0xf })).toEqual([0x17, 0x27, 5])
  expect(marks({ markMask: 0xf }, 2)).toEqual(-errno.EINVAL)
  expect(marks({ status: 6 })).toEqual([0x17])
  expect(marks({ status: 8, statusMask: 0xe })).toEqual([0x27, 5])
  expect(marks({ status: 6, statusMask: 4 })).toEqual([])
  expect(marks({ status: 6, statusMask: 0 })).toEqual(-errno.EINVAL)
  expect(marks({ status: 0 })).toEqual(-errno.EINVAL)
  expect(marks({ statusMask: 4 })).toEqual([0x17, 0x27, 5])
  expect(marks({ statusMask: 4, mark: 1 })).toEqual(-errno.EINVAL)
  expect(marks({ zone: 3 })).toEqual([0x27])
  expect(marks({ zone: 0 })).toEqual([0x17, 5])

  const filter = (origFlags: number, replyFlags = 0) => ({ filter: { origFlags, replyFlags } })
  const port = { tupleOrig: tuple(A), ...filter(0x18) }
  expect(marks(port, 2)).toEqual([0x17])
  expect(marks({ tupleOrig: tuple(A), ...filter(0x3b) }, 2)).toEqual([0x17])
  expect(marks({ tupleOrig: tuple(A), ...filter(0x0b) }, 2)).toEqual([0x17, 0x27])
  expect(marks({ tupleReply: tuple(mirrored(B)), ...filter(0, 0x18) }, 2)).toEqual([0x27])
  expect(marks({ tupleOrig: tuple(A) }, 2)).toEqual([0x17, 0x27])
  expect(marks({ tupleOrig: tuple(A), ...filter(0) }, 2)).toEqual([0x17, 0x27])
  expect(marks({ tupleOrig: tuple(A), ...filter(0x18) })).toEqual(-errno.EOPNOTSUPP)
  expect(marks(filter(0x18), 2)).toEqual(-errno.EINVAL)
  expect(marks({ tupleOrig: tuple(A), ...filter(0x10) }, 2)).toEqual(-errno.EINVAL)
  expect(marks({ tupleOrig: tuple(A), ...filter(0x1000) }, 2)).toEqual(-errno.EINVAL)
  expect(marks({ tupleOrig: { ip: tuple(A).ip }, ...filter(0x8) }, 2)).toEqual(-errno.EINVAL)
  expect(marks({ tupleOrig: { ...tuple(A), zone: 4 }, ...filter(0xc) }, 2)).toEqual([0x17, 0x27])
  expect(marks({ tupleOrig: { ...tuple(A), zone: 4 }, zone: 3, ...filter(0xc) }, 2)).toEqual(-errno.EINVAL)
  const unflagged = attribute(25, new Uint8Array(0))
  expect(errorOf(bench.socket, message(0x101, { flags: 0x301, family: 2 }, unflagged))).toBe(-errno.EINVAL)

  const flagsOf = (value: object, profile: '6.18' | '7.2') => {
    const other = new CtBench({ profile })
    other.create(flow(A))
    return other
      .ask(other.request(conntrackMessage.get, value, { flags: flags.dump, family: 0 }))
      .map((bytes) => u16(bytes, 6))
  }
  expect(flagsOf({}, '7.2')).toEqual([0x02, 0x02])
  expect(flagsOf({ mark: 0 }, '7.2')).toEqual([0x22, 0x22])
  expect(flagsOf({ mark: 0 }, '6.18')).toEqual([0x22, 0x02])

  const old = new CtBench({ profile: 'debian-6.1' })
  old.create(flow(A))
  expect(old.dump({ zone: 9 })).toHaveLength(1)
})

test('F-124 the comparison of IPv6 addresses is inverted, in some kernels', () => {
  const name = '[fd00::1]:1 > [fd00::2]:2'
  for (const [profile, inverted] of [
    ['6.18', true],
    ['7.2', true],
    ['debian-6.1', true],
    ['debian-6.12', false],
  ] as const) {
    const bench = new CtBench({ profile })
    bench.create(flow(name, 6), flags.create, 10)
    const found = (text: string) =>
      (bench.dump({ tupleOrig: tuple(text, 6), filter: { origFlags: 1 } }, 10) as unknown[]).length
    expect([found(name), found('[fd00::9]:1 > [fd00::2]:2')]).toEqual(inverted ? [0, 1] : [1, 0])
  }
})

test('F-125 DELETE takes one by its tuple, and an ID that differs protects it', () => {
  const bench = new CtBench()
  bench.create({ ...flow(A), mark: 5 })
  const { id } = bench.get({ tupleOrig: tuple(A) }) as { id: number }
  expect(bench.delete({ tupleOrig: tuple(B) })).toBe(-errno.ENOENT)
  expect(bench.delete({ tupleOrig: tuple(A), id: id ^ 1 })).toBe(-errno.ENOENT)
  expect(bench.delete({ tupleReply: tuple(mirrored(A)), id, mark: 99, status: 0x200 })).toBe(0)
  expect(bench.delete({ tupleOrig: tuple(A) })).toBe(-errno.ENOENT)
})

test('F-126 DELETE without a tuple flushes what matches', () => {
  const filled = (profile: '6.18' | 'debian-6.1' = '6.18') => {
    const bench = new CtBench({ profile })
    bench.create({ ...flow(A), mark: 1 })
    bench.create({ ...flow(B), mark: 2 })
    bench.create(flow('[fd00::1]:1 > [fd00::2]:2'), flags.create, 10)
    return bench
  }
  const left = (value: object, fields = {}, profile: '6.18' | 'debian-6.1' = '6.18') => {
    const bench = filled(profile)
    expect(bench.delete(value, fields)).toBe(0)
    return bench.kernel.conntrack.entries.length
  }
  expect(left({})).toBe(0)
  expect(left({ id: 77 })).toBe(0)
  expect(left({}, { family: 10, version: 0 })).toBe(0)
  expect(left({}, { family: 10, version: 1 })).toBe(2)
  expect(left({ mark: 2 })).toBe(2)
  expect(left({ mark: 77 })).toBe(3)
  expect(left({ tupleOrig: tuple(A), filter: { origFlags: 0x18 } })).toBe(2)
  const old = filled('debian-6.1')
  expect(old.delete({ filter: { origFlags: 0 } })).toBe(-errno.EOPNOTSUPP)
  expect(old.delete({ tupleOrig: tuple(A), filter: { origFlags: 0x8 } })).toBe(0)
  expect(old.kernel.conntrack.entries).toHaveLength(2)
})

test('F-127 unconfirmed entries are none, and both lists are for dumps only', () => {
  const bench = new CtBench()
  bench.create(flow(A))
  for (const type of [conntrackMessage.getDying.type, conntrackMessage.getUnconfirmed.type]) {
    expect(bench.errno(type, {})).toBe(-errno.EOPNOTSUPP)
    expect(bench.dump({}, 0, type)).toEqual([])
  }
})

test('F-128 statistics: one message for each processor, or a single one', () => {
  const bench = new CtBench()
  bench.create(flow(A))
  const perProcessor = bench
    .ask(message(0x104, { flags: 0x301 }))
    .flatMap((bytes) => (typeAt(bytes) === 3 ? [] : [bytes]))
  expect(perProcessor).toHaveLength(1)
  const two = [new Message(perProcessor[0]!, 0, 0), new Message(perProcessor[0]!, perProcessor[0]!.length / 2, 0)]
  expect(two.map(({ type, bytes, start }) => [type, bytes[start + 19]])).toEqual([
    [0x104, 0],
    [0x104, 1],
  ])
  expect(ask(bench.socket, message(0x104, { flags: 1 }))).toEqual([])
  expect(errorOf(bench.socket, message(0x104))).toBe(0)
  for (const bits of [1, 0x301]) {
    const answers = ask(bench.socket, message(0x105, { flags: bits }))
    expect(answers.map((bytes) => [typeAt(bytes), u16(bytes, 6), bytes[27]])).toEqual([[0x105, 2, 1]])
  }
})

test('F-129 expired entries vanish at once; their event comes when they are reaped, with the time they ended', () => {
  const bench = new CtBench()
  bench.kernel.conntrack.settings.timestamp = true
  const start = bench.kernel.clock.wall
  bench.create({ ...flow(A), timeout: 10 })
  bench.create({ ...flow(B), timeout: 10 })
  bench.events()
  bench.kernel.advance(20)
  expect(bench.kernel.conntrack.entries).toEqual([])
  expect(bench.events()).toEqual([])
  expect(bench.get({ tupleOrig: tuple(A) })).toBe(-errno.ENOENT)
  const second = 1_000_000_000n
  expect(bench.events()).toMatchObject([
    {
      kind: 'destroy',
      portId: 0,
      value: { timestamp: { stop: start + 10n * second }, timestampEvent: start + 20n * second },
    },
  ])
  bench.kernel.advance(40)
  const [reaped] = bench.events()
  expect(reaped).toMatchObject({
    kind: 'destroy',
    value: { timestamp: { stop: start + 10n * second }, timestampEvent: start + 60n * second },
  })
  expect(reaped!.value).not.toHaveProperty('timeout')
  expect(errorAt(bench.ask(message(0x101, { family: 2 }))[0]!)).toBe(-errno.EINVAL)
})

test('NAT of a connection to be made shows in its reply tuple and status', () => {
  const bench = new CtBench()
  const address = Uint8Array.of(9, 9, 9, 9)
  expect(
    bench.create({ ...flow('10.1.0.1:5 > 10.1.0.2:6'), natSrc: { v4Minip: address, proto: { portMin: 777 } } }),
  ).toBe(0)
  expect(bench.get({ tupleOrig: tuple('10.1.0.1:5 > 10.1.0.2:6') })).toMatchObject({
    tupleReply: tuple('10.1.0.2:6 > 9.9.9.9:777'),
    status: 0x198,
  })
})
