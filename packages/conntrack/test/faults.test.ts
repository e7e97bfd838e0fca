import { udp } from '@nfkit/ip-codec/build'
import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { SimulatedKernel, type SimulatedTransport, type SocketFault } from '@nfkit/simulator'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { until } from '../../../test/host.ts'
import { type ConntrackEvent, type ConntrackTable, openConntrack, type ZonedTuple } from '../src/index.ts'

const packet = (port: number) => udp(`192.0.2.1:${port} > 198.51.100.2:53`)
const tuple = (port: number): ZonedTuple => ({
  protocol: 'udp',
  source: { address: '192.0.2.1', port },
  destination: { address: '198.51.100.2', port: 53 },
})
const ports = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i)

let kernel: SimulatedKernel
let transport: SimulatedTransport
let ct: ConntrackTable

/** Connections with these source ports come. */
const track = (list: readonly number[]) =>
  Promise.all(list.map((port) => kernel.deliver(packet(port), { queue: null })))

/** Events with their ports, as they come; the fault happens to their socket. */
function listen(fault?: SocketFault) {
  if (fault) kernel.inject(fault, 'next socket')
  const stream = ct.events()
  const told: (string | number)[] = []
  const ended = (async () => {
    for await (const event of stream) told.push(...words(event))
  })()
  ended.catch(() => {})
  return { stream, told, ended }
}

const words = (event: ConntrackEvent): (string | number)[] =>
  event.kind === 'gap' ? ['gap', event.lost] : 'flow' in event ? [event.flow.original.sourcePort!] : []

/** Ports of a dump, in the order of the table, and what it ended with. */
async function dumped(fault?: SocketFault) {
  if (fault) kernel.inject(fault, 'next socket')
  const seen: number[] = []
  try {
    for await (const flow of ct.dump()) seen.push(flow.original.sourcePort!)
  } catch (error) {
    return { seen, error }
  }
  return { seen, error: undefined }
}

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

beforeEach(async () => {
  kernel = new SimulatedKernel()
  transport = kernel.connect()
  ct = await openConntrack(transport)
})
afterEach(() => {
  ct.close()
  vi.useRealTimers()
  kernel.assertQuiet()
})

describe('requests', () => {
  beforeEach(() => track([1, 2, 3]))

  test.each(['EINTR', 'ENOBUFS', 'ENOMEM', 'EAGAIN'] as const)('a read that fails with %s fails none', async (code) => {
    kernel.inject({ kind: 'read error', code, times: 2 }, transport)
    for (const port of [1, 2]) expect((await ct.get(tuple(port)))?.original.sourcePort).toBe(port)
  })

  test('a socket that is gone fails all of them', async () => {
    kernel.inject({ kind: 'read error', code: 'EBADF' }, transport)
    const failure = expect.objectContaining({ name: 'TransportError', code: 'EBADF' })
    const both = await Promise.allSettled([ct.get(tuple(1)), ct.get(tuple(2))])
    expect(both).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ])
  })

  test('a send that fails changes nothing', async () => {
    kernel.inject({ kind: 'send error', code: 'ENOBUFS' }, transport)
    const refused = expect.objectContaining({ name: 'TransportError', syscall: 'sendto', code: 'ENOBUFS' })
    await expect(ct.delete(tuple(1))).rejects.toEqual(refused)
    expect(await ct.count()).toBe(3)
  })

  test.each(['lost answer', 'overrun'] as const)(
    'a %s is an error in time, and the next request is fine',
    async (kind) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      kernel.inject({ kind }, transport)
      const deleting = expect(ct.delete(tuple(1))).rejects.toMatchObject({ name: 'NoAnswerError', code: 'ETIMEDOUT' })
      await turns(5)
      await vi.advanceTimersByTimeAsync(5_000)
      await deleting
      vi.useRealTimers()
      // The kernel acted on it all the same.
      expect(await ct.get(tuple(1))).toBeUndefined()
      expect(await ct.count()).toBe(2)
    },
  )

  test('answers that come late go to who asked', async () => {
    kernel.inject({ kind: 'delayed answer', turns: 5 }, transport)
    const order: number[] = []
    const asked = [1, 2, 3].map(async (port) => {
      const flow = await ct.get(tuple(port))
      order.push(port)
      return flow?.original.sourcePort
    })
    expect(await Promise.all(asked)).toEqual([1, 2, 3])
    expect(order).toEqual([2, 3, 1])
  })

  test('answers in another order go to who asked', async () => {
    kernel.inject({ kind: 'reordered messages' }, transport)
    const changes = [1, 2, 3].map((port) => ct.update(tuple(port), { mark: port }))
    const missing = ct.update(tuple(9), { mark: 9 })
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT' })
    await Promise.all(changes)
    expect(kernel.conntrack.entries.map(({ mark }) => mark)).toEqual([1, 2, 3])
  })

  test.each([
    ['cut', { kind: 'truncated datagram', length: 30 }],
    ['damaged', { kind: 'damaged datagram', offset: 20, byte: 3 }],
  ] as const)('an answer that is %s is no answer', async (_, fault) => {
    kernel.inject(fault, transport)
    await expect(ct.get(tuple(1))).rejects.toMatchObject({ name: 'DecodeError' })
    expect((await ct.get(tuple(1)))?.original.sourcePort).toBe(1)
  })

  test('ctnetlink is unloaded: refused, with a reason', async () => {
    kernel.inject({ kind: 'module gone', module: 'nf_conntrack_netlink' })
    await expect(ct.get(tuple(1))).rejects.toMatchObject({ name: 'NetlinkError', code: 'EINVAL' })
    await expect(openConntrack(kernel.connect())).rejects.toMatchObject({ name: 'NetlinkError', code: 'EINVAL' })
  })
})

describe('dumps', () => {
  // 16 fit into the first datagram, some hundred into each other.
  beforeEach(() => track(ports(700)))

  test('a slow consumer of datagrams gets all of them', async () => {
    expect(await dumped({ kind: 'slow consumer', datagrams: 1 })).toEqual({ seen: ports(700), error: undefined })
  })

  const damaging: [SocketFault, object][] = [
    [
      { kind: 'overrun', at: 3 },
      { name: 'TransportError', code: 'ENOBUFS' },
    ],
    [{ kind: 'truncated datagram', at: 2, length: 1000 }, { name: 'DecodeError' }],
    [{ kind: 'damaged datagram', at: 2, offset: 1, byte: 0xff }, { name: 'DecodeError' }],
    [
      { kind: 'failed dump', code: 'ENOMEM' },
      { name: 'NetlinkError', code: 'ENOMEM' },
    ],
    [
      { kind: 'send error', code: 'EPERM' },
      { name: 'TransportError', code: 'EPERM' },
    ],
  ]
  test.each(damaging)('%o: what came is told, then that some is missing', async (fault, expected) => {
    const { seen, error } = await dumped(fault)
    expect(error).toMatchObject(expected)
    expect(seen.length).toBeLessThan(700)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect((await dumped()).seen).toEqual(ports(700))
  })

  test('a socket that is gone ends it with an error', async () => {
    const { error } = await dumped({ kind: 'read error', code: 'EBADF' })
    expect(error).toMatchObject({ name: 'TransportError', code: 'EBADF' })
  })

  test('one that is interrupted says so at its end', async () => {
    const { seen, error } = await dumped({ kind: 'interrupted dump' })
    expect(seen).toEqual(ports(700))
    expect(error).toMatchObject({ name: 'DumpInterruptedError' })
  })

  test('an end that never comes is an error in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const ending = dumped({ kind: 'lost answer' })
    await turns(30)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await ending).toMatchObject({ seen: ports(700), error: { name: 'NoAnswerError', code: 'ETIMEDOUT' } })
  })

  test('without a socket there is none', async () => {
    kernel.inject({ kind: 'no socket', code: 'EMFILE' })
    expect((await dumped()).error).toMatchObject({ name: 'TransportError', syscall: 'socket', code: 'EMFILE' })
    expect((await dumped()).seen).toEqual(ports(700))
  })
})

describe('events', () => {
  test('an overrun is a gap with its size, between what came before and after', async () => {
    const { stream, told, ended } = listen({ kind: 'overrun', at: 3 })
    await track([1, 2, 3, 4])
    await until(() => told.includes('gap'), 'the gap')
    await track([5])
    await until(() => told.includes(5), 'the event behind it')
    stream.close()
    await ended
    // A socket that lost one is congested until it was read empty.
    expect(told).toEqual([1, 2, 'gap', 2, 5])
  })

  test.each([
    ['EINTR', [1]],
    ['EAGAIN', [1]],
    ['EMSGSIZE', ['gap', 0, 1]],
    ['ENOMEM', ['gap', 0, 1]],
  ] as const)('a read that fails with %s does not end the loop', async (code, expected) => {
    const { stream, told, ended } = listen({ kind: 'read error', code })
    await track([1])
    await until(() => told.includes(1), 'the event')
    stream.close()
    await ended
    expect(told).toEqual(expected)
  })

  test('a slow consumer gets every event, in order', async () => {
    const { stream, told, ended } = listen({ kind: 'slow consumer', datagrams: 1 })
    await track(ports(20))
    await until(() => told.length === 20, 'all events')
    stream.close()
    await ended
    expect(told).toEqual(ports(20))
  })

  test('events in another order are told as they came', async () => {
    const { stream, told, ended } = listen({ kind: 'reordered messages' })
    await track(ports(5))
    await until(() => told.length === 5, 'all events')
    stream.close()
    await ended
    expect(told).not.toEqual(ports(5))
    expect(told.toSorted()).toEqual(ports(5))
  })

  test('what another process sends is not heard', async () => {
    const { stream, told, ended } = listen()
    const forged = encodeMessage({ type: conntrackMessage.new.type, flags: 0, family: 2 }, conntrack, { mark: 1 })
    kernel.inject({ kind: 'foreign sender', datagram: forged }, kernel.sockets.at(-1)!)
    await track([1])
    await until(() => told.length > 0, 'an event')
    stream.close()
    await ended
    expect(told).toEqual([1])
  })

  test.each([
    { kind: 'truncated datagram', length: 30 },
    { kind: 'damaged datagram', offset: 20, byte: 3 },
    { kind: 'read error', code: 'EBADF' },
  ] as const)('%o ends the loop with an error', async (fault) => {
    const { ended } = listen(fault)
    await track([1])
    const name = fault.kind === 'read error' ? 'TransportError' : 'DecodeError'
    await expect(ended).rejects.toMatchObject({ name })
  })
})

describe('a watched table', () => {
  test.each([
    { kind: 'overrun', at: 2 },
    { kind: 'reordered messages' },
    { kind: 'slow consumer', datagrams: 1 },
  ] as const)('agrees with the kernel after %o', async (fault) => {
    kernel.inject(fault, 'next socket')
    const watch = ct.watch()
    let synced = 0
    const ended = (async () => {
      for await (const { kind } of watch) if (kind === 'synced') synced++
    })()
    await until(() => synced > 0, 'the first dump')
    await track(ports(30))
    await until(() => watch.size === 30, 'all flows')
    const seen = Array.from(watch.flows(), ({ original }) => original.sourcePort!)
    expect(seen.toSorted((a, b) => a - b)).toEqual(ports(30))
    watch.close()
    await ended
  })
})
