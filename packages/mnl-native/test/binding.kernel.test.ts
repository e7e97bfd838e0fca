import { constants } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../../test/host.ts'
import { loadBinding, type NativeSocket } from '../src/binding.ts'
import { descriptors, openedSince } from './descriptors.ts'
import { request } from './request.ts'

const { EBADF, EINVAL, EISCONN, EFAULT, ENODATA } = constants.errno

/** The addon itself, without what src/ checks. */
function socket(): NativeSocket {
  const native = new (loadBinding().Socket)()
  onTestFinished(() => native.close())
  return native
}

test('a socket is opened once, and stays open when it is asked to again', () => {
  const native = socket()
  expect(native.open(12, 0, undefined)).toBeUndefined()
  const [before, portId] = [descriptors(), native.portId()]
  expect(native.open(12, 0, undefined)).toEqual({ syscall: 'socket', errno: EISCONN })
  expect(native.open(12, 0, '/proc/self/ns/net')).toEqual({ syscall: 'socket', errno: EISCONN })
  expect(openedSince(before)).toEqual([])
  expect(native.portId()).toBe(portId)
})

test.each([
  [-1, undefined],
  [2 ** 32, undefined],
  [0.5, undefined],
  [NaN, undefined],
  ['0', undefined],
  [0, ''],
  [0, 5],
  [0, null],
  [0, '/proc/self/ns/net\0'],
] as [number, string | undefined][])('opens nothing for %o, %o', (portId, netns) => {
  const native = socket()
  const before = descriptors()
  expect(native.open(12, portId, netns)).toEqual({ syscall: 'open', errno: EINVAL })
  expect(openedSince(before)).toEqual([])
  expect(native.open(12, 0, undefined)).toBeUndefined()
})

const receiving = {
  deliver: (): Uint8Array | undefined => undefined,
  fail: (_errno: number, _isAnswer: boolean) => {},
  slab: new Uint8Array(1024),
  heads: new Uint8Array(256),
  spans: new Int32Array(12),
  slots: 4,
  stride: 256,
  head: 64,
  bursts: 4,
  nanoseconds: 1000,
  byThread: false,
  origin: 0,
  framed: false,
}

const receive = (native: NativeSocket, r: typeof receiving) =>
  native.receive(
    r.deliver,
    r.fail,
    r.slab,
    r.heads,
    r.spans,
    r.slots,
    r.stride,
    r.head,
    r.bursts,
    r.nanoseconds,
    r.byThread,
    r.origin,
    r.framed,
  )

test.each([
  { slots: 0 },
  { slots: -1 },
  { slots: 2 ** 32 - 1 },
  { slots: 2 ** 31 - 1 },
  { slots: 1.5 },
  { slots: NaN },
  { slots: '4' },
  { stride: 0 },
  { stride: 2 ** 31 },
  { slots: 65_536, stride: 65_536 },
  { bursts: 0 },
  { bursts: -1 },
  { nanoseconds: -1 },
  { nanoseconds: 1e18 },
  { deliver: 5 },
  { fail: undefined },
  { slab: new Int32Array(256) },
  { slab: 'slab' },
  { heads: new Int32Array(64) },
  { heads: undefined },
  { head: 256 },
  { head: -1 },
  { spans: new Uint8Array(48) },
  { origin: '0' },
])('does not receive with %o', (change) => {
  const native = socket()
  native.open(12, 0, undefined)
  expect(receive(native, { ...receiving, ...change } as typeof receiving)).toBe(-EINVAL)
  expect(receive(native, receiving)).toBe(0)
})

test('numbers are not cut to the range of an int', () => {
  const native = socket()
  native.open(12, 0, undefined)
  expect(native.option(2 ** 32 + 1, 1)).toBe(-EINVAL)
  expect(native.option(1, 2 ** 32 + 1)).toBe(-EINVAL)
  expect(native.resize(true, 2 ** 32 + 4096)).toBe(-EINVAL)
  expect(native.resize(true, -1)).toBe(-EINVAL)
  expect(native.interfaceName(1)).toBe('lo')
  expect(native.interfaceName(2 ** 32 + 1)).toBe(-EINVAL)
  expect(native.interfaceName(NaN)).toBe(-EINVAL)
  expect(native.filter('ret' as never)).toBe(-EFAULT)
})

test('what is no datagram, or of no socket, is not sent', () => {
  const native = socket()
  const { send } = loadBinding()
  const datagram = new Uint8Array(16)
  expect(send(native.number(), datagram)).toBe(-EBADF)
  native.open(12, 0, undefined)
  expect(send(native.number(), datagram)).toBe(0)
  expect(send(native.number(), 'hello' as never)).toBe(-EFAULT)
  expect(send(native.number(), new DataView(datagram.buffer) as never)).toBe(-EFAULT)
  for (const no of ['0', NaN, -1, 0.5, 2 ** 32]) expect(send(no as never, datagram)).toBe(-EFAULT)
  for (const none of [2 ** 32 - 1, 1_000_000]) expect(send(none, datagram)).toBe(-EBADF)
  native.close()
  expect(send(native.number(), datagram)).toBe(-EBADF)
})

test('what a delivery returns is sent, what is no datagram is not, and that, as what the kernel refuses, is told', async () => {
  const native = socket()
  native.open(12, 0, undefined)
  const gone = new Uint8Array(request(3))
  structuredClone(gone.buffer, { transfer: [gone.buffer] })
  const answers: unknown[] = [undefined, 'hello', 5, new DataView(new ArrayBuffer(16)), gone, request(7)]
  const told: [number, boolean][] = []
  let answered = 0
  const deliver = (length = 0) => {
    answered += length
    return answers[answered - 1] as Uint8Array | undefined
  }
  receive(native, { ...receiving, deliver, fail: (...failure) => void told.push(failure) })
  native.resume()
  for (let n = 1; n <= 6; n++) {
    loadBinding().send(native.number(), request(n))
    await until(() => answered >= n, 'an answer')
  }
  await until(() => answered === 7, 'the answer to what was returned')
  expect(told).toEqual([
    [EFAULT, true],
    [EFAULT, true],
    [EFAULT, true],
    [ENODATA, true],
  ])
})
