import { DecodeError, encodeAck, errno, type Message, messageFlags } from '@nfkit/netlink-codec'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Connection, lastSequence, NetlinkError, NoAnswerError, TransportError } from '../src/index.ts'
import { ack, entry, get, markOf, message, sequenceOf, together } from './messages.ts'
import { ScriptedTransport, type Step } from './scripted.ts'

function connected(script?: (request: Uint8Array) => Step[]) {
  const transport = new ScriptedTransport(script)
  const messages: Message[] = []
  const errors: Error[] = []
  const connection = new Connection(transport, {
    message: ({ bytes, start, end }) => messages.push(message(bytes.slice(start, end))),
    error: (error) => errors.push(error),
  })
  transport.receive(connection)
  onTestFinished(() => {
    expect(transport.leased).toBe(0)
    connection.close()
  })
  return { transport, connection, messages, errors }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a request is stamped, sent once, and resolves when it is acknowledged', async () => {
  const { transport, connection } = connected((request) => [ack(request)])
  expect(await connection.request(get())).toEqual([])
  expect(transport.sent).toHaveLength(1)
  const sent = message(transport.sent[0]!)
  expect(sent.flags).toBe(messageFlags.request | messageFlags.ack)
  expect(sent.sequence).toBe(1)
})

test('it resolves to what came before the acknowledgement, in bytes that stay', async () => {
  const { connection } = connected((request) => [
    entry(1, { sequence: sequenceOf(request) }),
    entry(2, { sequence: sequenceOf(request) }),
    ack(request),
  ])
  const replies = await connection.request(get())
  await turn()
  expect(replies.map(markOf)).toEqual([1, 2])
})

test('requests under way at the same time get their own answers, in whatever order they come', async () => {
  const requests: Uint8Array[] = []
  const { transport, connection } = connected((request) => {
    requests.push(request)
    return []
  })
  const settled: number[] = []
  const all = [1, 2, 3].map((mark) =>
    connection.request(get(mark)).then((replies) => {
      settled.push(mark)
      return replies.map(markOf)
    }),
  )
  for (const i of [2, 0, 1]) {
    transport.deliver(entry(10 * (i + 1), { sequence: sequenceOf(requests[i]!) }), ack(requests[i]!))
  }
  expect(await Promise.all(all)).toEqual([[10], [20], [30]])
  expect(settled).toEqual([3, 1, 2])
})

test('events and packets that arrive meanwhile are not answers', async () => {
  const { connection, messages } = connected((request) => [
    entry(100, { flags: 0 }),
    entry(1, { sequence: sequenceOf(request) }),
    entry(101, { flags: 0 }),
    ack(request),
    entry(102, { flags: 0 }),
  ])
  expect((await connection.request(get())).map(markOf)).toEqual([1])
  await turn()
  expect(messages.map(markOf)).toEqual([100, 101, 102])
})

test('an answer nobody waits for is handed on', async () => {
  const { transport, messages } = connected()
  transport.deliver(ack(get()))
  await turn()
  expect(messages).toHaveLength(1)
})

test('a refusal says which request, which attribute, and why', async () => {
  const { connection } = connected((request) => [
    encodeAck(request, { errno: errno.ERANGE, extended: { msg: 'out of bounds', offs: 20 } }),
  ])
  const refused = connection.request(get(), { advice: { ERANGE: 'marks have 32 bits' } })
  await expect(refused).rejects.toBeInstanceOf(NetlinkError)
  await expect(refused).rejects.toMatchObject({
    name: 'NetlinkError',
    code: 'ERANGE',
    errno: errno.ERANGE,
    request: 'IPCTNL_MSG_CT_GET',
    detail: 'out of bounds',
    offset: 20,
    attribute: 'CTA_MARK',
    advice: 'marks have 32 bits',
    message: 'IPCTNL_MSG_CT_GET: ERANGE (CTA_MARK: out of bounds): marks have 32 bits',
  })
})

test('a refusal without an extended acknowledgement has what is known in general', async () => {
  const { connection } = connected((request) => [encodeAck(request, { errno: errno.EPERM, capped: true })])
  await expect(connection.request(get())).rejects.toMatchObject({
    code: 'EPERM',
    detail: undefined,
    attribute: undefined,
    message: expect.stringContaining('CAP_NET_ADMIN'),
  })
})

test('a warning with a success is no error', async () => {
  const { connection } = connected((request) => [
    encodeAck(request, { errno: 0, extended: { msg: 'bytes leftover after parsing attributes' } }),
  ])
  expect(await connection.request(get())).toEqual([])
})

test('a lost answer is an error after a while, and a late one is handed on', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { transport, connection, messages } = connected()
  const request = connection.request(get(), { timeoutMilliseconds: 300 })
  const outcome = expect(request).rejects.toMatchObject({
    name: 'NoAnswerError',
    code: 'ETIMEDOUT',
    request: 'IPCTNL_MSG_CT_GET',
  })
  await vi.advanceTimersByTimeAsync(299)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  await outcome
  transport.deliver(ack(transport.sent[0]!))
  await turn()
  expect(messages).toHaveLength(1)
})

test('an answered request leaves no timer behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { connection } = connected((request) => [ack(request)])
  await connection.request(get())
  expect(vi.getTimerCount()).toBe(0)
})

test('an overrun and a truncated datagram fail no request: its answer may still come', async () => {
  const { connection, errors } = connected((request) => [
    new TransportError('recvmmsg', errno.ENOBUFS),
    new TransportError('recvmmsg', errno.EMSGSIZE),
    ack(request),
  ])
  expect(await connection.request(get())).toEqual([])
  expect(errors.map((error) => (error as TransportError).code)).toEqual(['ENOBUFS', 'EMSGSIZE'])
})

test('a failure of the socket fails every request, and is told', async () => {
  const failure = new TransportError('recvmmsg', errno.EBADF)
  const { transport, connection, errors } = connected()
  const requests = [connection.request(get()), connection.request(get())]
  transport.deliver(failure)
  expect(await Promise.allSettled(requests)).toEqual([
    { status: 'rejected', reason: failure },
    { status: 'rejected', reason: failure },
  ])
  expect(errors).toEqual([failure])
})

test('a send that fails rejects', async () => {
  const { transport, connection } = connected()
  const failure = new TransportError('sendto', errno.EMSGSIZE)
  transport.send = () => {
    throw failure
  }
  await expect(connection.request(get())).rejects.toBe(failure)
})

test('an aborted request rejects with the reason; one aborted before is never sent', async () => {
  const { transport, connection, messages } = connected()
  const controller = new AbortController()
  const request = connection.request(get(), { signal: controller.signal })
  controller.abort(new Error('no longer wanted'))
  await expect(request).rejects.toThrow('no longer wanted')
  transport.deliver(ack(transport.sent[0]!))
  await turn()
  expect(messages).toHaveLength(1)
  await expect(connection.request(get(), { signal: controller.signal })).rejects.toThrow('no longer wanted')
  expect(transport.sent).toHaveLength(1)
})

test('an abort after the answer changes nothing', async () => {
  const { connection } = connected((request) => [ack(request)])
  const controller = new AbortController()
  await connection.request(get(), { signal: controller.signal })
  controller.abort()
})

test('closing rejects what waits, closes the transport, and may be done twice', async () => {
  const { transport, connection } = connected()
  const request = connection.request(get())
  connection.close()
  connection.close()
  await expect(request).rejects.toBeInstanceOf(NoAnswerError)
  await expect(request).rejects.toMatchObject({ code: 'ECANCELED' })
  expect(transport.closed).toBe(true)
})

test('nonsense is reported and does not stop what follows', async () => {
  const { transport, messages, errors } = connected()
  transport.deliver(new Uint8Array(7), entry(1).fill(0xff, 0, 4), entry(2, { flags: 0 }))
  for (let i = 0; i < 3; i++) await turn()
  expect(errors).toHaveLength(2)
  for (const error of errors) expect(error).toBeInstanceOf(DecodeError)
  expect(messages).toHaveLength(1)
})

test('an answer that makes no sense rejects its request', async () => {
  const { connection, errors } = connected((request) => {
    const cut = ack(request).slice(0, 24)
    cut[0] = 24
    return [cut]
  })
  await expect(connection.request(get())).rejects.toMatchObject({ name: 'DecodeError', where: 'NLMSG_ERROR' })
  expect(errors).toEqual([])
})

test('several messages in one datagram are told one by one', async () => {
  const { transport, messages } = connected()
  transport.deliver(together(entry(1), entry(2), entry(3)))
  await turn()
  expect(messages).toHaveLength(3)
})

test('a listener that throws is uncaught; the datagrams behind it still arrive, and the batch is released', async () => {
  const thrown: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => thrown.push(error))
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })
  const seen: (number | undefined)[] = []
  const connection = new Connection(new ScriptedTransport(), {
    message(message) {
      seen.push(markOf(message))
      if (markOf(message) === 1) throw new Error('a mistake')
    },
    error() {},
  })
  const [first, second] = [entry(1), entry(2)]
  let released = 0
  connection.batch({
    bytes: together(first, second),
    spans: Int32Array.of(0, first.length, first.length, second.length),
    length: 2,
    release: () => released++,
  })
  await turn()
  expect(seen).toEqual([1, 2])
  expect(released).toBe(1)
  expect(thrown).toEqual([expect.objectContaining({ message: 'a mistake' })])
})

test('sequence numbers skip those in use, and stay below what others use', async () => {
  const { connection, transport } = connected((request) => (sequenceOf(request) === 1 ? [] : [ack(request)]))
  const first = connection.request(get(), { timeoutMilliseconds: 60_000 })
  for (let i = 0; i < 5; i++) await connection.request(get())
  expect(transport.sent.map(sequenceOf)).toEqual([1, 2, 3, 4, 5, 6])
  expect(lastSequence).toBe(0x7fff_ffff)
  connection.close()
  await expect(first).rejects.toBeInstanceOf(NoAnswerError)
})
