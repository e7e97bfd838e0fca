import { TransportError } from '@nfkit/netlink-transport'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'
import { ask, message } from './talk.ts'

test('a socket that is closed does nothing any more, and says so', () => {
  const socket = new SimulatedKernel().socket()
  socket.bind()
  socket.close()
  socket.close()
  for (const [call, syscall] of [
    [() => socket.bind(), 'bind'],
    [() => socket.send(Uint8Array.of(1)), 'sendto'],
    [() => socket.receive(1), 'recvfrom'],
    [() => socket.join(1), 'setsockopt'],
    [() => socket.leave(1), 'setsockopt'],
    [() => socket.set('capAck', true), 'setsockopt'],
    [() => socket.resize({}), 'setsockopt'],
    [() => socket.filter(undefined), 'setsockopt'],
  ] as const)
    expect(call).toThrow(expect.objectContaining({ name: 'TransportError', syscall, code: 'EBADF' }))
})

test('a transport that is closed has no numbers and no siblings', () => {
  const transport = new SimulatedKernel().connect()
  transport.close()
  expect(() => transport.counters()).toThrow(TransportError)
  expect(() => transport.sibling()).toThrow(expect.objectContaining({ syscall: 'socket', code: 'EBADF' }))
  expect(transport.procNet('netfilter/nfnetlink_queue')).toBeUndefined()
})

test('the largest buffer is twice the largest that a privileged socket may ask for', () => {
  const kernel = new SimulatedKernel()
  expect(kernel.connect().resize({ receive: 0x7fff_ffff, send: 0x7fff_ffff })).toEqual({
    receive: 0x7fff_fffe,
    send: 0x7fff_fffe,
  })
  expect(kernel.connect({ privileged: false }).resize({ receive: 0x7fff_ffff })).toMatchObject({ receive: 425_984 })
})

test('the groups of a socket are bits, of which the last is no sign', () => {
  const socket = new SimulatedKernel().socket()
  socket.bind(0, 0x8000_0000)
  expect(socket.groups).toBe(0x8000_0000)
  for (const group of [1, 3, 31]) socket.join(group)
  expect(socket.groups).toBe(0xc000_0005)
  socket.leave(3)
  expect(socket.groups).toBe(0xc000_0001)
  expect([1, 2, 3, 31, 32].map((group) => socket.joined(group))).toEqual([true, false, false, true, true])
  for (const group of [0, 33, Number.NaN])
    expect(() => socket.join(group)).toThrow(expect.objectContaining({ syscall: 'setsockopt', code: 'EINVAL' }))
})

test('a filter swallows and cuts dumps as everything else', () => {
  const socket = new SimulatedKernel().socket()
  const dump = () => ask(socket, message(0x101, { flags: 0x301 })).map(({ length }) => length)
  expect(dump()).toEqual([20])
  socket.filter([{ code: 0x06, jt: 0, jf: 0, k: 0 }])
  expect(dump()).toEqual([])
  socket.filter([{ code: 0x06, jt: 0, jf: 0, k: 7 }])
  expect(dump()).toEqual([7])
})
