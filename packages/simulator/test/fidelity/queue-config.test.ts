import { errno } from '@nfkit/netlink-codec'
import { expect, test } from 'vitest'
import { profiles, SimulatedKernel } from '../../src/index.ts'
import { Bench, config, configure, type, udp, verdict } from '../queueing.ts'
import { ask, attribute, errorOf, message } from '../talk.ts'

const { bind, unbind, params, maxLength, mask, flags, command } = config

function two(options = {}) {
  const kernel = new SimulatedKernel(options)
  const [owner, other] = [kernel.socket(), kernel.socket()]
  owner.bind()
  other.bind()
  const asOwner = (queue: number, ...parts: Uint8Array[]) => errorOf(owner, configure(queue, ...parts))
  const asOther = (queue: number, ...parts: Uint8Array[]) => errorOf(other, configure(queue, ...parts))
  const proc = () => kernel.procNetlinkQueue()
  return { kernel, owner, other, asOwner, asOther, proc }
}

test('F-040 BIND makes a queue with defaults; again it is busy, for others forbidden', () => {
  const { asOwner, asOther, proc } = two()
  expect(asOwner(3, bind)).toBe(0)
  expect(proc()).toBe('    3   4242     0 0 65531     0     0        0  1\n')
  expect(asOwner(3, bind)).toBe(-errno.EBUSY)
  expect(asOther(3, bind)).toBe(-errno.EPERM)
  for (const number of [0, 65_535]) expect(asOwner(number, bind)).toBe(0)
})

test("F-041 others may do nothing to somebody's queue", () => {
  const { asOwner, asOther } = two()
  asOwner(3, bind)
  for (const parts of [[], [command(0)], [command(9)], [unbind], [params(2)], [maxLength(1)], [flags(1), mask(1)]])
    expect(asOther(3, ...parts)).toBe(-errno.EPERM)
})

test('F-042 a queue that is not there cannot be configured', () => {
  const { asOwner } = two()
  for (const parts of [[], [unbind], [params(2)], [maxLength(1)], [flags(1), mask(1)]])
    expect(asOwner(3, ...parts)).toBe(-errno.ENODEV)
})

test('F-043 PF_BIND and PF_UNBIND always succeed, and look at nothing else', () => {
  const { asOwner, asOther, proc } = two()
  asOwner(3, bind)
  for (const number of [3, 4]) {
    expect(asOther(3, command(number), flags(0xff))).toBe(0)
    expect(asOwner(9, command(number), maxLength(1))).toBe(0)
    expect(errorOf(two().owner, configure(1, command(number), attribute(3, '00')))).toBe(-errno.ERANGE)
  }
  expect(proc()).toContain(' 65531 ')
})

test('F-044 unknown commands are refused, in old kernels with 524', () => {
  for (const [profile, expected] of [
    ['6.18', errno.EOPNOTSUPP],
    ['debian-6.12', errno.EOPNOTSUPP],
    [{ ...profiles['debian-6.1'], unknownCommand: errno.ENOTSUPP }, 524],
  ] as const) {
    const { asOwner } = two({ profile })
    asOwner(3, bind)
    for (const number of [0, 5, 255])
      for (const queue of [3, 4]) expect(asOwner(queue, command(number))).toBe(-expected)
  }
})

test('F-045 FLAGS need a MASK, and unknown ones are refused first', () => {
  const { asOwner, asOther } = two()
  asOwner(3, bind)
  expect(asOwner(3, flags(1))).toBe(-errno.EINVAL)
  expect(asOwner(3, mask(1))).toBe(0)
  expect(asOwner(3, mask(0xffff_ffff))).toBe(0)
  for (const bits of [0x20, 0x8000_0000]) {
    expect(asOwner(3, flags(bits), mask(0))).toBe(-errno.EOPNOTSUPP)
    expect(asOther(3, flags(bits), mask(0))).toBe(-errno.EOPNOTSUPP)
    expect(asOwner(99, flags(bits), mask(0))).toBe(-errno.EOPNOTSUPP)
  }
  const newer = two({ profile: '7.2' })
  newer.owner.set('extendedAck', true)
  expect(newer.asOwner(99, flags(0x20), mask(0))).toBe(-errno.EINVAL)
  const [answer] = ask(newer.owner, configure(99, flags(0x20), mask(0)))
  expect(new TextDecoder().decode(answer)).toContain('reserved bit set')
})

test('F-046 without glue the flag CONNTRACK is not supported, even where there is no queue', () => {
  const { asOwner } = two({ profile: '6.18' })
  asOwner(3, bind)
  for (const queue of [3, 4]) expect(asOwner(queue, flags(2), mask(2))).toBe(-errno.EOPNOTSUPP)
  expect(asOwner(3, flags(2), mask(0))).toBe(0)
  for (const profile of ['debian-6.1', 'debian-6.12', '7.2'] as const) {
    const glued = two({ profile })
    expect(glued.asOwner(3, bind, flags(2), mask(2))).toBe(0)
  }
})

test('F-047 BIND with a refused flag makes nothing', () => {
  const { asOwner, proc } = two()
  expect(asOwner(3, bind, params(2), flags(2), mask(2))).toBe(-errno.EOPNOTSUPP)
  expect(asOwner(3, bind, flags(1))).toBe(-errno.EINVAL)
  expect(proc()).toBe('')
})

test('F-048 unknown copy modes change nothing; ranges are bounded', () => {
  const { asOwner, proc } = two()
  asOwner(3, bind)
  const modeAndRange = () => proc().trim().split(/\s+/).slice(3, 5).join(' ')
  for (const [mode, range, expected] of [
    [2, 100, '2 100'],
    [3, 7, '2 100'],
    [255, 7, '2 100'],
    [1, 50, '1 0'],
    [2, 0, '2 65531'],
    [0, 50, '0 0'],
    [2, 65_531, '2 65531'],
    [2, 65_532, '2 65531'],
    [2, 0xffff_ffff, '2 65531'],
    [2, 1, '2 1'],
  ] as const) {
    expect(asOwner(3, params(mode, range))).toBe(0)
    expect(modeAndRange()).toBe(expected)
  }
})

test('F-049 UNBIND ignores what comes with it', () => {
  const { asOwner, proc } = two()
  asOwner(3, bind)
  expect(asOwner(3, unbind, params(2), maxLength(4))).toBe(0)
  expect(proc()).toBe('')
})

test('F-050 a queue is bound and configured in one message', () => {
  const { asOwner, proc } = two()
  expect(asOwner(3, maxLength(9), flags(0xd), params(2, 77), mask(0xd), bind)).toBe(0)
  expect(proc()).toBe('    3   4242     0 2    77     0     0        0  1\n')
})

test('F-051 a queue bound again starts anew', async () => {
  const bench = new Bench()
  const { packets } = bench.deliver()
  expect(packets[0]?.id).toBe(1)
  bench.send(verdict(0, 1, 1))
  expect(bench.config(0, unbind)).toBe(0)
  expect(bench.config(0, bind)).toBe(0)
  expect(bench.kernel.procNetlinkQueue()).toBe('    0   4242     0 0 65531     0     0        0  1\n')
  bench.config(0, params(2))
  expect(bench.deliver().packets[0]?.id).toBe(1)
})

test('F-052 proc shows every column, queues ordered by bucket and newest first', () => {
  const bench = new Bench()
  bench.config(0, maxLength(2))
  for (let i = 0; i < 4; i++) void bench.kernel.deliver(udp)
  expect(bench.kernel.procNetlinkQueue()).toBe('    0   4242     2 2 65531     2     0        2  1\n')
  for (const queue of [17, 1, 16, 256, 3]) bench.config(queue, bind)
  const order = bench.kernel
    .procNetlinkQueue()
    .trim()
    .split('\n')
    .map((line) => Number(line.trim().split(/\s+/)[0]))
  expect(order).toEqual([16, 0, 256, 1, 17, 3])
})

test('F-053 user space cannot send packets', () => {
  const bench = new Bench()
  expect(errorOf(bench.socket, message(type.packet))).toBe(-524)
})
