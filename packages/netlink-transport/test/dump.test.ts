import { encodeAck, encodeDone, errno, type Message, messageFlags } from '@nfkit/netlink-codec'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Connection, type DumpOptions, NetlinkError, TransportError } from '../src/index.ts'
import { ack, entry, get, markOf, message, sequenceOf, together } from './messages.ts'
import { ScriptedTransport, type Step } from './scripted.ts'

const done = (request: Uint8Array, code = 0) => encodeDone(sequenceOf(request), { errno: code })

function dumping(script: (request: Uint8Array) => Step[], options?: DumpOptions) {
  const transport = new ScriptedTransport(script)
  const connection = new Connection(transport)
  onTestFinished(() => {
    for (const sibling of transport.siblings) expect(sibling).toMatchObject({ closed: true, leased: 0 })
  })
  return { transport, connection, dump: connection.dump(get(), options) }
}

async function marks(dump: AsyncIterable<Message[]>): Promise<(number | undefined)[][]> {
  const seen = []
  for await (const part of dump) seen.push(part.map(markOf))
  return seen
}

test('a dump yields the messages of each datagram, over a socket of its own', async () => {
  const { transport, dump } = dumping((request) => [together(entry(1), entry(2)), entry(3), done(request)])
  expect(transport.siblings).toHaveLength(0)
  expect(await marks(dump)).toEqual([[1, 2], [3]])
  expect(transport.sent).toHaveLength(0)
  const [sibling] = transport.siblings
  expect(sibling?.sent).toHaveLength(1)
  expect(message(sibling!.sent[0]!).flags).toBe(messageFlags.request | messageFlags.ack | messageFlags.dump)
})

test('the end may share a datagram with the last entries, or be all there is', async () => {
  expect(await marks(dumping((request) => [together(entry(1), done(request))]).dump)).toEqual([[1]])
  expect(await marks(dumping((request) => [done(request)]).dump)).toEqual([])
})

test('an acknowledgement ends a dump that the kernel never started', async () => {
  expect(await marks(dumping((request) => [ack(request)]).dump)).toEqual([])
})

test('each iteration asks anew', async () => {
  const { transport, dump } = dumping((request) => [entry(1), done(request)])
  expect(await marks(dump)).toEqual([[1]])
  expect(await marks(dump)).toEqual([[1]])
  expect(transport.siblings.map(({ sent }) => sequenceOf(sent[0]!))).toEqual([1, 2])
})

test('two iterations at once do not disturb each other', async () => {
  const { dump } = dumping((request) => [entry(1), entry(2), done(request)])
  const both = await Promise.all([marks(dump), marks(dump)])
  expect(both).toEqual([
    [[1], [2]],
    [[1], [2]],
  ])
})

test('parts keep their bytes', async () => {
  const { dump } = dumping((request) => [entry(1), entry(2), done(request)])
  const parts: Message[] = []
  for await (const part of dump) parts.push(...part)
  await new Promise((resolve) => setImmediate(resolve))
  expect(parts.map(markOf)).toEqual([1, 2])
})

test('a slow consumer pauses the socket, and gets everything', async () => {
  const many = Array.from({ length: 60 }, (_, i) => entry(i))
  const { transport, dump } = dumping((request) => [...many, done(request)])
  const seen: (number | undefined)[] = []
  for await (const part of dump) {
    seen.push(...part.map(markOf))
    for (let i = 0; i < 12; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(transport.siblings[0]!.pauses).toBeGreaterThan(0)
  }
  expect(seen).toEqual(many.map((_, i) => i))
})

test('leaving the loop early closes the socket', async () => {
  const { transport, dump } = dumping((request) => [entry(1), entry(2), done(request)])
  for await (const _ of dump) break
  expect(transport.siblings[0]?.closed).toBe(true)
})

test('an iterator that is never asked opens nothing', async () => {
  const { transport, dump } = dumping(() => [])
  await dump[Symbol.asyncIterator]().return?.()
  expect(transport.siblings).toHaveLength(0)
})

test('a refused dump rejects with the reason', async () => {
  const { dump } = dumping((request) => [encodeAck(request, { errno: errno.EPERM })], { advice: { EPERM: 'be root' } })
  await expect(marks(dump)).rejects.toMatchObject({ name: 'NetlinkError', code: 'EPERM', advice: 'be root' })
})

test('a dump that fails midway yields what came, then rejects', async () => {
  const { dump } = dumping((request) => [entry(1), done(request, errno.ENOMEM)])
  const seen: (number | undefined)[] = []
  const consumed = (async () => {
    for await (const part of dump) seen.push(...part.map(markOf))
  })()
  await expect(consumed).rejects.toBeInstanceOf(NetlinkError)
  await expect(consumed).rejects.toMatchObject({ code: 'ENOMEM', request: 'IPCTNL_MSG_CT_GET' })
  expect(seen).toEqual([1])
})

test('an overrun loses parts of a dump, so it fails', async () => {
  const failure = new TransportError('recvmmsg', errno.ENOBUFS)
  const { dump } = dumping((request) => [entry(1), failure, entry(2), done(request)])
  await expect(marks(dump)).rejects.toBe(failure)
})

test('a table that changed meanwhile is an error after its last entry, unless that is fine', async () => {
  const script = (request: Uint8Array) => [
    entry(1),
    entry(2, { flags: messageFlags.multi | messageFlags.dumpInterrupted }),
    entry(3),
    done(request),
  ]
  const seen: (number | undefined)[] = []
  const consumed = (async () => {
    for await (const part of dumping(script).dump) seen.push(...part.map(markOf))
  })()
  await expect(consumed).rejects.toMatchObject({ name: 'DumpInterruptedError', request: 'IPCTNL_MSG_CT_GET' })
  expect(seen).toEqual([1, 2, 3])
  expect(await marks(dumping(script, { onInterrupted: 'ignore' }).dump)).toEqual([[1], [2], [3]])
})

test('silence is an error after a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { dump } = dumping(() => [entry(1)], { timeoutMilliseconds: 200 })
  const iterator = dump[Symbol.asyncIterator]()
  expect((await iterator.next()).value?.map(markOf)).toEqual([1])
  const next = expect(iterator.next()).rejects.toMatchObject({ name: 'NoAnswerError', code: 'ETIMEDOUT' })
  await vi.advanceTimersByTimeAsync(200)
  await next
})

test('a consumer that takes its time is no silence', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { dump } = dumping((request) => [entry(1), entry(2), done(request)], { timeoutMilliseconds: 200 })
  const seen: (number | undefined)[] = []
  for await (const part of dump) {
    seen.push(...part.map(markOf))
    await vi.advanceTimersByTimeAsync(10_000)
  }
  expect(seen).toEqual([1, 2])
})

test('an abort rejects at once, with the reason, and nothing more is yielded', async () => {
  const controller = new AbortController()
  const { dump } = dumping((request) => [entry(1), entry(2), entry(3), done(request)], { signal: controller.signal })
  const seen: (number | undefined)[] = []
  const consumed = (async () => {
    for await (const part of dump) {
      seen.push(...part.map(markOf))
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
      controller.abort(new Error('enough'))
    }
  })()
  await expect(consumed).rejects.toThrow('enough')
  expect(seen).toEqual([1])
})

test('an abort beforehand opens nothing', async () => {
  const { transport, dump } = dumping((request) => [done(request)], { signal: AbortSignal.abort(new Error('no')) })
  await expect(marks(dump)).rejects.toThrow('no')
  expect(transport.siblings).toHaveLength(0)
})

test('nonsense in a dump rejects', async () => {
  const { dump } = dumping(() => [entry(1).fill(0xff, 0, 4)])
  await expect(marks(dump)).rejects.toMatchObject({ name: 'DecodeError' })
})

test('a socket that cannot be opened rejects', async () => {
  const failure = new TransportError('socket', errno.EMFILE)
  const { transport, dump } = dumping(() => [])
  transport.sibling = () => {
    throw failure
  }
  await expect(marks(dump)).rejects.toBe(failure)
})
