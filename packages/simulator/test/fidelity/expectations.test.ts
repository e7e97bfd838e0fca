import { formatHex } from '@nfkit/inet'
import { errno, u16 } from '@nfkit/netlink-codec'
import {
  type Expect,
  expectMessage,
  expect as expectTable,
  helper,
  status,
  timeoutMessage,
  timeoutPolicy,
} from '@nfkit/netlink-codec/conntrack'
import { expect, test } from 'vitest'
import { udpPacket } from '../segments.ts'
import { attribute, errorAt, typeAt } from '../talk.ts'
import { A, B, CtBench, flags, flow, tuple } from '../tracking.ts'

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

test('F-150 what EXP_NEW demands, and what it does with a timeout', () => {
  const bench = helped()
  bench.create(flow(B))
  const { tuple: expected, mask, master } = wanted(1)
  for (const part of [
    { tuple: expected, mask },
    { tuple: expected, master },
    { mask, master },
  ])
    expect(bench.expectation(part)).toBe(-errno.EINVAL)
  expect(bench.expectation(wanted(1), flags.update)).toBe(-errno.ENOENT)
  expect(bench.expectation({ ...wanted(1), master: tuple('9.9.9.9:1 > 9.9.9.9:2') })).toBe(-errno.ENOENT)
  expect(bench.expectation({ ...wanted(1), master: tuple(B) })).toBe(-errno.EOPNOTSUPP)
  expect(bench.expectation({ ...wanted(1), class: 9 })).toBe(-errno.EINVAL)
  expect(bench.expectation({ ...wanted(1), fn: 'nonesuch' })).toBe(-errno.EINVAL)
  expect(bench.expectation({ ...wanted(1), flags: 8 })).toBe(-errno.EINVAL)
  expect(bench.expectation({ ...wanted(1), nat: { dir: 2, tuple: expected } })).toBe(-errno.ERANGE)
  bench.events()

  expect(bench.expectation({ ...wanted(1), timeout: 5, flags: 7 })).toBe(0)
  const [get] = bench.ask(bench.request(expectMessage.get, { tuple: expected }, { flags: 1 }))
  expect(u16(get!, 6)).toBe(2)
  expect(formatHex(get!)).toContain(formatHex(attribute(4, '0000012c')))
  expect(formatHex(get!)).toContain(formatHex(attribute(8, '00000003')))
  expect(bench.events().map(({ kind }) => kind)).toEqual(['expect new'])
  expect(bench.expectation(wanted(1), flags.exclusive)).toBe(-errno.EEXIST)
  expect(bench.expectation({ ...wanted(1), timeout: 5 })).toBe(0)
  expect(bench.events()).toEqual([])
  const [again] = bench.ask(bench.request(expectMessage.get, { master: expected }, { flags: 1 }))
  expect(formatHex(again!)).toContain(formatHex(attribute(4, '00000005')))
  expect(bench.expectation({}, flags.plain, expectMessage.get.type)).toBe(-errno.EINVAL)
  expect(bench.expectation({ tuple: expected, id: 1 }, flags.plain, expectMessage.get.type)).toBe(-errno.ENOENT)
  bench.kernel.advance(5)
  expect(bench.events()).toMatchObject([{ kind: 'expect destroy', portId: 0 }])
})

test('F-151 at its limit a class loses its oldest expectation before the new one is told', () => {
  const bench = helped()
  bench.expectation(wanted(1))
  bench.events()
  expect(bench.expectation(wanted(2))).toBe(0)
  expect(bench.events()).toMatchObject([
    { kind: 'expect destroy', portId: 0 },
    { kind: 'expect new', portId: bench.socket.portId, flags: 0x600 },
  ])
  expect(bench.kernel.conntrack.expectations).toEqual(['udp 10.1.0.2:9 > 10.1.0.1:2'])
})

test('F-152 the expectations of a connection without a helper: no message, no DONE', () => {
  const bench = helped()
  bench.create(flow(B))
  bench.expectation(wanted(1))
  const dumped = (value: Expect, number: number = flags.dump) =>
    bench.ask(bench.request(expectMessage.get, value, { flags: number, family: 2 })).map(typeAt)
  expect(dumped({ master: tuple(B) })).toEqual([])
  expect(dumped({ master: tuple(B) }, flags.dump | 4)).toEqual([2])
  expect(dumped({ master: tuple(A) })).toEqual([0x200, 3])
  expect(dumped({})).toEqual([0x200, 3])
  expect(dumped({ master: tuple('9.9.9.9:1 > 9.9.9.9:2') })).toEqual([2])
})

test('F-153 statistics of expectations are typed 0x0103', () => {
  const bench = helped()
  bench.expectation(wanted(1))
  const answers = bench.ask(bench.request([0x203, expectTable], {}, { flags: flags.dump }))
  expect(answers.map(typeAt)).toEqual([0x103, 3])
  expect(formatHex(answers[0]!)).toContain(formatHex(attribute(2, '00000001')))
})

test('F-154 an expectation dies with its master, and nobody is named for it', () => {
  const bench = helped()
  bench.expectation(wanted(1))
  bench.events()
  bench.delete({ tupleOrig: tuple(A) })
  expect(bench.events()).toMatchObject([
    { kind: 'destroy', portId: bench.socket.portId },
    { kind: 'expect destroy', portId: 0, flags: 0 },
  ])
})

test('an expected connection names its master, and uses the expectation up', async () => {
  const bench = helped()
  bench.expectation(wanted(7))
  bench.events()
  await bench.kernel.deliver(udpPacket('10.1.0.2:9 > 10.1.0.1:7'), { queue: null })
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

const seconds = (...values: number[]) =>
  Uint8Array.from(values.flatMap((value, i) => [8, 0, i + 1, 0, 0, 0, value >> 8, value & 0xff]))

const policy = (name: string, l4proto: number, data: Uint8Array) => ({ name, l3proto: 2, l4proto, data })

test('F-155 a timeout policy that exists: EEXIST, replaced, or EBUSY', () => {
  const bench = new CtBench()
  const made = (value: object, number: number) =>
    errorAt(bench.ask(bench.request(timeoutMessage.new, value, { flags: number, family: 0 }))[0]!)
  const tcp = policy('long', 6, seconds(10, 20))
  expect(made(tcp, 5)).toBe(0)
  expect(made(tcp, 5)).toBe(-errno.EBUSY)
  expect(made(tcp, 0x205)).toBe(-errno.EEXIST)
  expect(made(policy('long', 6, seconds(11)), 0x105)).toBe(0)
  expect(made(policy('long', 17, seconds(11)), 0x105)).toBe(-errno.EINVAL)
  expect(made(policy('other', 89, seconds(11)), 5)).toBe(-errno.EOPNOTSUPP)
  expect(made(policy('rest', 255, seconds(11)), 5)).toBe(0)
  expect(made({ name: 'half' }, 5)).toBe(-errno.EINVAL)
  const get = (name: string) => bench.ask(bench.request(timeoutMessage.get, { name }, { flags: 1, family: 0 }))[0]!
  expect(errorAt(get('nonesuch'))).toBe(-errno.ENOENT)
  expect(typeAt(get('long'))).toBe(0x800)
  expect(formatHex(get('long')).slice(40)).toBe(
    formatHex(attribute(1, '6c6f6e6700')) +
      formatHex(attribute(2, '0002')) +
      formatHex(attribute(3, '06')) +
      formatHex(attribute(5, '00000001')) +
      formatHex(
        attribute(
          0x8004,
          seconds(11, 60, 0, 120, 60, 30, 120, 10, 120, 300, 300).map((byte, i) =>
            [21, 22, 23].includes(i) ? [6, 0x97, 0x80][i - 21]! : byte,
          ),
        ),
      ),
  )
  const removed = (value: object) => errorAt(bench.ask(bench.request([0x802, timeoutPolicy], value, { family: 0 }))[0]!)
  expect([removed({ name: 'nonesuch' }), removed({ name: 'long' }), removed({})]).toEqual([-errno.ENOENT, 0, 0])
  expect(errorAt(get('rest'))).toBe(-errno.ENOENT)
})

test('F-156 default timeouts are asked for with one type and answered with another', async () => {
  const bench = new CtBench()
  const get = () =>
    bench.ask(bench.request([0x804, timeoutPolicy], { l3proto: 2, l4proto: 17 }, { flags: 1, family: 0 }))
  expect(get().map(typeAt)).toEqual([0x803])
  expect(
    errorAt(
      bench.ask(bench.request([0x803, timeoutPolicy], { l4proto: 17, data: seconds(33, 44) }, { family: 0 }))[0]!,
    ),
  ).toBe(0)
  expect(formatHex(get()[0]!)).toContain(formatHex(seconds(33, 44)))
  await bench.kernel.deliver(udpPacket(A), { queue: null })
  expect(bench.kernel.conntrack.entries).toMatchObject([{ timeout: 33 }])
  expect(errorAt(bench.ask(bench.request([0x804, timeoutPolicy], { l4proto: 17 }, { family: 0 }))[0]!)).toBe(
    -errno.EINVAL,
  )
})

test('F-157 helpers in user space: made, listed, used, removed', () => {
  const bench = new CtBench({ profile: 'debian-6.12' })
  const ask = (type: number, value: object, number = 5) =>
    bench.ask(bench.request([type, helper], value, { flags: number, family: 0 }))
  const value = {
    name: 'mine',
    tuple: { l3protonum: 2, l4protonum: 17 },
    queueNum: 3,
    policy: { setNum: 1, set1: { name: 'mine', expectMax: 2, expectTimeout: 60 } },
    privDataLen: 8,
    status: 1,
  }
  expect(errorAt(ask(0x900, { name: 'mine' })[0]!)).toBe(-errno.EINVAL)
  expect(errorAt(ask(0x900, { ...value, policy: undefined })[0]!)).toBe(-errno.EINVAL)
  expect(errorAt(ask(0x900, { ...value, privDataLen: 5000 })[0]!)).toBe(-errno.ENOMEM)
  expect(errorAt(ask(0x900, value)[0]!)).toBe(0)
  expect(errorAt(ask(0x900, value, 0x205)[0]!)).toBe(-errno.EEXIST)
  expect(errorAt(ask(0x900, { ...value, privDataLen: 4 })[0]!)).toBe(-errno.EBUSY)
  expect(ask(0x901, { name: 'mine' }).map(typeAt)).toEqual([0x900, 2])
  expect(errorAt(ask(0x901, { name: 'nonesuch' })[0]!)).toBe(-errno.ENOENT)
  bench.create({ ...flow(A), help: { name: 'mine', info: Uint8Array.of(1, 2) } })
  const info = () => bench.kernel.conntrack.entries[0]?.help?.info
  expect(info()).toEqual(new Uint8Array(8))
  bench.update({ ...flow(A), help: { name: 'mine', info: Uint8Array.of(1, 2) } })
  expect(info()).toEqual(Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0))
  expect(errorAt(ask(0x902, { name: 'mine' })[0]!)).toBe(-errno.EBUSY)
  bench.delete({ tupleOrig: tuple(A) })
  expect(errorAt(ask(0x902, { name: 'mine' })[0]!)).toBe(0)
  expect(errorAt(new CtBench().ask(bench.request([0x900, helper], value))[0]!)).toBe(-errno.EINVAL)
})
