import { expect, onTestFinished, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'

const lacking = expect.objectContaining({
  name: 'TransportError',
  syscall: 'socket',
  code: 'EPROTONOSUPPORT',
  message: expect.stringContaining('a simulated kernel has NETLINK_NETFILTER alone'),
})

test('there is NETLINK_NETFILTER alone; other protocols are refused as by a kernel that lacks them', () => {
  const kernel = new SimulatedKernel()
  expect(() => kernel.connect({ protocol: 4 })).toThrow(lacking)
  const transport = kernel.connect({ protocol: 12 })
  onTestFinished(() => transport.close())
  expect(() => transport.sibling({ protocol: 4 })).toThrow(lacking)
  transport.sibling({ protocol: 12 }).close()
  transport.sibling().close()
  expect(kernel.sockets).toHaveLength(1)
  for (const wrong of [-1, 32, 1.5, Number.NaN, '4' as never]) {
    expect(() => kernel.connect({ protocol: wrong })).toThrow(RangeError)
    expect(() => transport.sibling({ protocol: wrong })).toThrow(RangeError)
  }
})
