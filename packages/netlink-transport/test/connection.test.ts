import { control, decodeAck, encodeAck, type Message, messageFlags, setSequence } from '@nfkit/netlink-codec'
import { encodeMessage, group } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { SimulatedKernel, type SocketOptions } from '@nfkit/simulator'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Connection, NetlinkError, NoAnswerError, TransportError } from '../src/index.ts'
import { entry, get, message, packet, portOf, protocol, sequenceOf } from './messages.ts'
import { overhear, track, turns } from './overheard.ts'
import { replayed } from './replayed.ts'

/** A kernel that tracks connections from ports 1, 2 and 3, and a connection to it that hears of new ones. */
function connected(options?: SocketOptions) {
  const kernel = new SimulatedKernel()
  track(kernel, [1, 2, 3].map(packet))
  const { transport, sent } = overhear(kernel.connect(options))
  const messages: Message[] = []
  const errors: Error[] = []
  const connection = new Connection(transport, protocol, {
    message: ({ bytes, start, end }) => messages.push(message(bytes.slice(start, end))),
    error: (error) => errors.push(error),
  })
  transport.receive(connection)
  onTestFinished(() => {
    expect(transport.leased).toBe(0)
    connection.close()
  })
  return { kernel, transport, sent, connection, messages, errors }
}

/** The same, in the group of new connections. */
function listening() {
  const opened = connected()
  opened.transport.join(group.conntrackNew)
  return opened
}

function setSequenceOf(request: Uint8Array, sequence: number): Uint8Array {
  setSequence(request, sequence)
  return request
}

/** Uncaught exceptions, away from the test runner until the test ends. */
function catchUncaught(listener: (error: unknown) => void): void {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', listener)
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })
}

/** A request that changes nothing. */
const bind = () =>
  encodeMessage({ type: nfqueueMessage.config.type, flags: 0 }, queueConfig, { cmd: { command: 3, pf: 2 } })

function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

test('a request is stamped, sent once, and resolves when it is acknowledged', async () => {
  const { connection, sent } = connected()
  expect(await connection.request(bind())).toEqual([])
  expect(sent).toHaveLength(1)
  expect(message(sent[0]!).flags).toBe(messageFlags.request | messageFlags.ack)
  expect(sequenceOf(sent[0]!)).toBe(1)
})

test('it says when it was sent, within the call; and not when sending failed', async () => {
  const { kernel, transport, connection } = connected()
  const told: string[] = []
  const request = connection.request(bind(), { sent: () => told.push('sent') })
  told.push('called')
  await request
  told.push('acknowledged')
  kernel.inject({ kind: 'send error', code: 'ENOBUFS' }, transport)
  const refused = { name: 'TransportError', code: 'ENOBUFS', message: expect.stringContaining('send it again') }
  await expect(connection.request(bind(), { sent: () => told.push('again') })).rejects.toMatchObject(refused)
  expect(told).toEqual(['sent', 'called', 'acknowledged'])
})

test('it resolves to what came before the acknowledgement, in bytes that stay', async () => {
  const { connection } = connected()
  const replies = await connection.request(get(2))
  await turns()
  expect(replies.map(portOf)).toEqual([2])
})

test('several messages before an acknowledgement are all of the answer', async () => {
  const request = get()
  request[6] = messageFlags.request | messageFlags.ack
  setSequence(request, 9)
  const ack = encodeAck(request, { errno: 0 })
  const connection = new Connection(
    await replayed([
      ['>', request],
      ['<', entry(1, 9)],
      ['<', entry(2, 9)],
      ['<', ack],
    ]),
    protocol,
  )
  onTestFinished(() => connection.close())
  connection.transport.receive(connection)
  expect((await connection.request(get())).map(portOf)).toEqual([1, 2])
})

test('requests under way at the same time get their own answers, in whatever order they come', async () => {
  const { kernel, transport, connection } = connected()
  kernel.inject({ kind: 'delayed answer', at: 1, turns: 3 }, transport)
  kernel.inject({ kind: 'delayed answer', at: 1, turns: 2 }, transport)
  const settled: number[] = []
  const all = [1, 2, 3].map((port) =>
    connection.request(get(port)).then((replies) => {
      settled.push(port)
      return replies.map(portOf)
    }),
  )
  expect(await Promise.all(all)).toEqual([[1], [2], [3]])
  expect(settled).toEqual([3, 2, 1])
})

test('events that arrive meanwhile are not answers', async () => {
  const { kernel, transport, connection, messages } = listening()
  kernel.inject({ kind: 'delayed answer', turns: 2 }, transport)
  track(kernel, [packet(100)])
  const request = connection.request(get(1))
  track(kernel, [packet(101)])
  expect((await request).map(portOf)).toEqual([1])
  track(kernel, [packet(102)])
  await turns(2)
  expect(messages.map(portOf)).toEqual([100, 101, 102])
})

test('an answer nobody waits for is handed on', async () => {
  const { transport, messages } = connected()
  const request = get(2)
  request[6] = messageFlags.request
  transport.send(request)
  await turns(2)
  expect(messages.map(portOf)).toEqual([2])
})

test('a refusal says which request, which attribute, and why', async () => {
  const { connection } = connected()
  const short = encodeMessage({ type: nfqueueMessage.config.type, flags: 0 }, queueConfig, {
    params: { copyRange: 1, copyMode: 2 },
  }).slice(0, 28)
  short.set([28], 0)
  short.set([8], 20)
  const refused = connection.request(short, { advice: { ERANGE: 'parameters have 5 bytes' } })
  await expect(refused).rejects.toBeInstanceOf(NetlinkError)
  await expect(refused).rejects.toMatchObject({
    name: 'NetlinkError',
    code: 'ERANGE',
    request: 'NFQNL_MSG_CONFIG',
    detail: 'Attribute failed policy validation',
    offset: 20,
    attribute: 'NFQA_CFG_PARAMS',
    advice: 'parameters have 5 bytes',
    message: 'NFQNL_MSG_CONFIG: ERANGE (NFQA_CFG_PARAMS: Attribute failed policy validation): parameters have 5 bytes',
  })
})

test('a refusal without an extended acknowledgement has what is known in general', async () => {
  const { transport, connection } = connected({ privileged: false })
  transport.set('capAck', true)
  await expect(connection.request(get(1))).rejects.toMatchObject({
    code: 'EPERM',
    detail: undefined,
    attribute: undefined,
    message: expect.stringContaining('CAP_NET_ADMIN'),
  })
})

test('a warning with a success is no error', async () => {
  const { transport, connection } = connected()
  const untidy = new Uint8Array([...get(1), 0, 0, 0, 0])
  untidy[0] = untidy.length
  const warnings: (string | undefined)[] = []
  const answer = connection.datagram.bind(connection)
  connection.datagram = (bytes, start, end) => {
    const heard = message(bytes.slice(start, end))
    if (heard.type === control.error) warnings.push(decodeAck(heard).extended.msg)
    answer(bytes, start, end)
  }
  expect((await connection.request(untidy)).map(portOf)).toEqual([1])
  expect(warnings).toEqual(['bytes leftover after parsing attributes'])
  expect(transport.leased).toBe(0)
})

test('a lost answer is an error after a while, and a late one is handed on', async () => {
  fakeTimers()
  const { kernel, transport, connection, messages } = connected()
  kernel.inject({ kind: 'delayed answer', turns: 50 }, transport)
  const request = connection.request(get(9), { timeoutMilliseconds: 300 })
  const outcome = expect(request).rejects.toMatchObject({
    name: 'NoAnswerError',
    code: 'ETIMEDOUT',
    request: 'IPCTNL_MSG_CT_GET',
  })
  await vi.advanceTimersByTimeAsync(299)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  await outcome
  expect(messages).toEqual([])
  await turns(60)
  expect(messages).toHaveLength(1)
})

test('an answer that never comes is one, too', async () => {
  fakeTimers()
  const { kernel, transport, connection } = connected()
  kernel.inject({ kind: 'lost answer' }, transport)
  const outcome = expect(connection.request(get(1))).rejects.toBeInstanceOf(NoAnswerError)
  await vi.advanceTimersByTimeAsync(5_000)
  await outcome
})

test('a timeout no timer takes is refused, and Infinity waits for ever', async () => {
  const { connection, sent } = connected()
  for (const timeoutMilliseconds of [0, -1, Number.NaN, 2 ** 31, '5' as never, null as never])
    await expect(connection.request(bind(), { timeoutMilliseconds })).rejects.toThrow(
      /^timeoutMilliseconds: .*nor Infinity$/,
    )
  expect(sent).toEqual([])
  await connection.request(bind(), { timeoutMilliseconds: Number.POSITIVE_INFINITY })
})

test('an answered request leaves no timer behind', async () => {
  fakeTimers()
  const { connection } = connected()
  await connection.request(get(1))
  expect(vi.getTimerCount()).toBe(0)
})

test('an overrun and a truncated datagram fail no request: its answer may still come', async () => {
  const { kernel, transport, connection, errors } = connected()
  kernel.inject({ kind: 'delayed answer', turns: 4 }, transport)
  const request = connection.request(get(1))
  await turns(1)
  kernel.inject({ kind: 'read error', code: 'EMSGSIZE' }, transport)
  kernel.inject({ kind: 'read error', code: 'ENOBUFS' }, transport)
  expect((await request).map(portOf)).toEqual([1])
  await connection.request(get(1))
  expect(errors.map((error) => (error as TransportError).code)).toEqual(['EMSGSIZE', 'ENOBUFS'])
})

test('a failure of the socket fails every request, and is told', async () => {
  const { kernel, transport, connection, errors } = connected()
  kernel.inject({ kind: 'read error', code: 'EBADF' }, transport)
  const requests = [connection.request(get(1)), connection.request(get(2))]
  const reason = expect.objectContaining({ name: 'TransportError', syscall: 'recvmmsg', code: 'EBADF' })
  expect(await Promise.allSettled(requests)).toEqual([
    { status: 'rejected', reason },
    { status: 'rejected', reason },
  ])
  expect(errors).toEqual([reason])
})

test('a send that fails rejects, and so does a request that is too large', async () => {
  const { kernel, transport, connection } = connected()
  kernel.inject({ kind: 'send error', code: 'ENOBUFS' }, transport)
  const failed = connection.request(get(1))
  await expect(failed).rejects.toBeInstanceOf(TransportError)
  await expect(failed).rejects.toMatchObject({ syscall: 'sendto', code: 'ENOBUFS' })
  const large = new Uint8Array(transport.sendLimit + 1)
  large.set(get(1))
  await expect(connection.request(large)).rejects.toMatchObject({ syscall: 'sendto', code: 'EMSGSIZE' })
  expect((await connection.request(get(1))).map(portOf)).toEqual([1])
})

test('an aborted request rejects with the reason; one aborted before is never sent', async () => {
  const { connection, messages, sent } = connected()
  const controller = new AbortController()
  const request = connection.request(get(1), { signal: controller.signal })
  controller.abort(new Error('no longer wanted'))
  await expect(request).rejects.toThrow('no longer wanted')
  await turns(2)
  expect(messages).toHaveLength(2)
  await expect(connection.request(get(1), { signal: controller.signal })).rejects.toThrow('no longer wanted')
  expect(sent).toHaveLength(1)
})

test('an abort after the answer changes nothing', async () => {
  const { connection } = connected()
  const controller = new AbortController()
  await connection.request(get(1), { signal: controller.signal })
  controller.abort()
})

test('closing rejects what waits, closes the transport, and may be done twice', async () => {
  const { kernel, transport, connection } = connected()
  const request = connection.request(get(1))
  connection.close()
  connection.close()
  await expect(request).rejects.toBeInstanceOf(NoAnswerError)
  await expect(request).rejects.toMatchObject({ code: 'ECANCELED' })
  expect(transport.socket.closed).toBe(true)
  expect(kernel.sockets).toEqual([])
})

test('nonsense is reported and does not stop what follows', async () => {
  const { kernel, transport, messages, errors } = listening()
  kernel.inject({ kind: 'truncated datagram', at: 1, length: 7 }, transport)
  kernel.inject({ kind: 'damaged datagram', at: 1, offset: 1, byte: 0xff }, transport)
  track(kernel, [4, 5, 6].map(packet))
  await turns(2)
  expect(errors.map(({ name }) => name)).toEqual(['DecodeError', 'DecodeError'])
  expect(messages.map(portOf)).toEqual([6])
})

test.each([
  ['cut', { kind: 'truncated datagram', length: 24 }, 'nlmsghdr', []],
  // What lies behind the length it has is no message.
  ['short', { kind: 'damaged datagram', offset: 0, byte: 17 }, 'NLMSG_ERROR', ['DecodeError']],
] as const)('an answer that is %s rejects its request', async (_, fault, where, told) => {
  const { kernel, transport, connection, errors } = connected()
  kernel.inject(fault, transport)
  await expect(connection.request(bind())).rejects.toMatchObject({ name: 'DecodeError', where })
  expect(errors.map(({ name }) => name)).toEqual(told)
})

test('several messages in one datagram are told one by one', async () => {
  const { transport, messages } = connected()
  const dump = get()
  dump.set([messageFlags.request & 0xff, messageFlags.dump >> 8], 6)
  setSequence(dump, 0x8000_0000)
  transport.send(dump)
  await turns(2)
  expect(messages.map(portOf).slice(0, 3)).toEqual([1, 2, 3])
})

test('a listener that throws is uncaught; the datagrams behind it still arrive, and the batch is released', async () => {
  const thrown: unknown[] = []
  catchUncaught((error) => thrown.push(error))
  const kernel = new SimulatedKernel()
  const transport = kernel.connect()
  const seen: (number | undefined)[] = []
  transport.join(group.conntrackNew)
  transport.receive(
    new Connection(transport, protocol, {
      message(event) {
        seen.push(portOf(event))
        if (portOf(event) === 1) throw new Error('a mistake')
      },
      error() {},
    }),
  )
  track(kernel, [1, 2].map(packet))
  await turns(2)
  expect(seen).toEqual([1, 2])
  expect(transport.leased).toBe(0)
  expect(thrown).toEqual([expect.objectContaining({ message: 'a mistake' })])
})

test('a listener that throws misses nothing of the same datagram, and may throw at errors, too', async () => {
  const thrown: unknown[] = []
  catchUncaught((error) => thrown.push(error))
  const seen: number[] = []
  const connection = new Connection(new SimulatedKernel().connect(), protocol, {
    message({ sequence }) {
      seen.push(sequence)
      throw new Error(`a mistake at ${sequence}`)
    },
    error() {
      throw new Error('a mistake at an error')
    },
  })
  onTestFinished(() => connection.close())
  const two = [1, 2].map((sequence) => setSequenceOf(bind(), sequence))
  const bytes = Uint8Array.from(two.flatMap((one) => [...one]))
  connection.datagram(bytes, 0, bytes.length)
  connection.datagram(bytes, 0, 7)
  connection.error(new TransportError('recvmmsg', 105))
  await turns(1)
  expect(seen).toEqual([1, 2])
  expect(thrown.map(String)).toEqual([
    'Error: a mistake at 1',
    'Error: a mistake at 2',
    'Error: a mistake at an error',
    'Error: a mistake at an error',
  ])
})

test('who waits for ever waits until the connection is closed', async () => {
  const { kernel, transport, connection } = connected()
  kernel.inject({ kind: 'lost answer' }, transport)
  let settled = false
  const request = connection.request(get(1), { timeoutMilliseconds: Number.POSITIVE_INFINITY })
  void request.catch(() => {}).then(() => (settled = true))
  await new Promise((resolve) => setTimeout(resolve, 20))
  await turns(20)
  expect(settled).toBe(false)
  connection.close()
  await expect(request).rejects.toMatchObject({ code: 'ECANCELED' })
})

test('sequence numbers skip those in use', async () => {
  const { kernel, transport, connection, sent } = connected()
  kernel.inject({ kind: 'lost answer' }, transport)
  const first = connection.request(get(1), { timeoutMilliseconds: 60_000 })
  for (let i = 0; i < 5; i++) await connection.request(get(1))
  expect(sent.map(sequenceOf)).toEqual([1, 2, 3, 4, 5, 6])
  connection.close()
  await expect(first).rejects.toBeInstanceOf(NoAnswerError)
})

test('reserved numbers are no request’s, and no two reservations overlap', () => {
  const { connection } = connected()
  expect(connection.reserve(0x1_0000)).toBe(0xffff_0000)
  expect(connection.reserve(1)).toBe(0xfffe_ffff)
  for (const wrong of [0, -1, 1.5, Number.NaN, 2 ** 32, '5' as never])
    expect(() => connection.reserve(wrong), String(wrong)).toThrow(RangeError)
})
