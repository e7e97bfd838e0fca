import { errno } from '@nfkit/netlink-codec'
import { TransportError } from '@nfkit/netlink-transport'
import { expect, test } from 'vitest'
import type { NetlinkSocket } from '../../src/index.ts'
import { Bench, config, configure, udp, verdict } from '../queueing.ts'
import { drain, typeAt } from '../talk.ts'

const loss = expect.objectContaining({ code: 'ENOBUFS', errno: errno.ENOBUFS })

/** A queue whose owner has room for three packets. */
function small(): Bench {
  const bench = new Bench()
  bench.socket.resize({ receive: 1250 })
  expect(bench.socket.received.limit).toBe(2500)
  return bench
}

const deliver = ({ kernel }: Bench, count: number) => {
  for (let i = 0; i < count; i++) void kernel.deliver(udp)
}

const ids = (received: readonly (Uint8Array | TransportError)[]) =>
  received.map((one) => (one instanceof TransportError ? one.code : one[27]))

test('F-030 an overflow makes one read fail, and what waited stays readable', () => {
  const bench = small()
  deliver(bench, 8)
  expect(() => bench.socket.receive(9999)).toThrow(loss)
  expect(ids(drain(bench.socket))).toEqual([1, 2, 3])
})

test('F-031 after an overflow everything is lost until the queue was read empty', () => {
  const bench = small()
  deliver(bench, 8)
  expect(() => bench.socket.receive(9999)).toThrow(loss)
  expect(bench.socket.receive(9999).bytes[27]).toBe(1)
  deliver(bench, 1)
  expect(ids(drain(bench.socket))).toEqual([2, 3])
  deliver(bench, 1)
  expect(ids(drain(bench.socket))).toEqual([10])
})

test('F-032 a datagram larger than the whole buffer fits into an empty queue', () => {
  const bench = small()
  const large = new Uint8Array(9000)
  large.set(udp)
  void bench.kernel.deliver(large)
  expect(drain(bench.socket).map((one) => (one as Uint8Array).length)).toEqual([9000 + 20 + 12 + 8 + 16 + 4])
})

test('F-033 with NO_ENOBUFS only what has no room is lost', () => {
  const bench = small()
  bench.socket.set('noEnobufs', true)
  deliver(bench, 8)
  expect(bench.socket.receive(9999).bytes[27]).toBe(1)
  deliver(bench, 1)
  expect(ids(drain(bench.socket))).toEqual([2, 3, 9])
  expect(bench.socket.received.dropped).toBe(5)
})

test('F-034 poll reports the pending error together with what can be read', () => {
  const bench = small()
  expect(bench.socket.poll()).toEqual({ readable: false, error: false })
  deliver(bench, 1)
  expect(bench.socket.poll()).toEqual({ readable: true, error: false })
  deliver(bench, 8)
  expect(bench.socket.poll()).toEqual({ readable: true, error: true })
  expect(() => bench.socket.receive(9999)).toThrow(loss)
  expect(bench.socket.poll()).toEqual({ readable: true, error: false })
})

test('F-035 acknowledgements and errors are lost like everything else', () => {
  const bench = small()
  deliver(bench, 4)
  bench.socket.send(configure(5, config.bind))
  bench.socket.send(verdict(0, 99, 1))
  const types = (socket: NetlinkSocket) =>
    drain(socket).map((one) => (one instanceof Uint8Array ? typeAt(one) : one.code))
  expect(types(bench.socket)).toEqual(['ENOBUFS', 0x300, 0x300, 0x300])
  expect(bench.kernel.procNetlinkQueue()).toContain('    5 ')
  bench.socket.send(verdict(0, 99, 1))
  expect(types(bench.socket)).toEqual([2])
})

test('F-036 the receive buffer is reported twice as large as it was set', () => {
  const bench = new Bench()
  expect(bench.socket.received.limit).toBe(212_992)
  expect(bench.socket.resize({ receive: 100_000 })).toMatchObject({ receive: 200_000 })
  expect(bench.socket.resize({ receive: 1 })).toMatchObject({ receive: 2304 })
  const unprivileged = bench.kernel.socket({ privileged: false })
  expect(unprivileged.resize({ receive: 10_000_000, send: 10_000_000 })).toEqual({ receive: 425_984, send: 425_984 })
})

test('the default buffer holds as many packets of each size as were measured', () => {
  for (const [payload, fits] of [
    [20, 256],
    [200, 166],
    [500, 166],
    [1000, 92],
    [1400, 92],
    [4000, 25],
  ] as const) {
    const bench = new Bench()
    const packet = new Uint8Array(payload)
    packet.set(udp.subarray(0, 20))
    for (let i = 0; i < 300; i++) void bench.kernel.deliver(packet)
    expect(bench.socket.received.length).toBe(fits)
  }
})
