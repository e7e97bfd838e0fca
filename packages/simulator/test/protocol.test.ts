import { errno } from '@nfkit/netlink-codec'
import { subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { expect, onTestFinished, test } from 'vitest'
import { profiles, SimulatedKernel } from '../src/index.ts'
import { ask, errorAt, message } from './talk.ts'

const lacking = expect.objectContaining({
  name: 'TransportError',
  syscall: 'socket',
  code: 'EPROTONOSUPPORT',
  message: expect.stringContaining('a simulated kernel has these two'),
})

test('there are NETLINK_NETFILTER and NETLINK_SOCK_DIAG; other protocols are refused as by a kernel that lacks them', () => {
  const kernel = new SimulatedKernel()
  expect(() => kernel.connect({ protocol: 9 })).toThrow(lacking)
  const transport = kernel.connect({ protocol: 12 })
  onTestFinished(() => transport.close())
  expect(() => transport.sibling({ protocol: 9 })).toThrow(lacking)
  transport.sibling({ protocol: 12 }).close()
  transport.sibling().close()
  expect(kernel.sockets).toHaveLength(1)
  for (const wrong of [-1, 32, 1.5, Number.NaN, '4' as never]) {
    expect(() => kernel.connect({ protocol: wrong })).toThrow(RangeError)
    expect(() => transport.sibling({ protocol: wrong })).toThrow(RangeError)
  }
})

test('a batch is refused: as of a subsystem that has none, or of one that there is not', () => {
  const profile = { ...profiles['6.18'], nftables: undefined }
  const socket = new SimulatedKernel({ profile }).socket()
  const begin = (high: number, low: number): number => {
    const bytes = message(0x10)
    bytes.set([high, low], 18)
    return errorAt(ask(socket, bytes)[0]!)
  }
  expect(begin(0, subsystem.nftables)).toBe(-errno.EOPNOTSUPP)
  expect(begin(0, 12)).toBe(-errno.EOPNOTSUPP)
  expect(begin(0, 13)).toBe(-errno.EINVAL)
  // Old nft wrote the number in host order.
  expect(begin(subsystem.nftables, 0)).toBe(-errno.EOPNOTSUPP)
  expect(begin(subsystem.queue, 0)).toBe(-errno.EINVAL)
})

test('a kernel with nf_tables refuses batches of other subsystems', () => {
  const socket = new SimulatedKernel().socket()
  for (const [resourceId, refused] of [
    [subsystem.queue, errno.EOPNOTSUPP],
    [12, errno.EOPNOTSUPP],
    [99, errno.EINVAL],
  ] as const)
    expect(errorAt(ask(socket, message(0x10, { resourceId }))[0]!)).toBe(-refused)
  expect(ask(socket, message(0x10, { resourceId: subsystem.nftables, flags: 1 }))).toEqual([])
})
