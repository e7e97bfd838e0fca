import { encodeAck, messageFlags, u16 } from '@nfkit/netlink-codec'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Connection, NetlinkError, Requests } from '../src/index.ts'
import { entry, get, portOf, protocol, sequenceOf } from './messages.ts'
import { turns } from './overheard.ts'
import { scripted } from './scripted.ts'

/** A connection to a kernel that answers with the entry of a port, or as told. */
function connected(
  answer: (request: Uint8Array) => Uint8Array[] = (request) => [entry(7, sequenceOf(request))],
  change: object = {},
) {
  const sent: Uint8Array[] = []
  const transport = Object.assign(
    scripted((request) => {
      sent.push(request)
      return answer(request).map(fromKernel)
    }),
    change,
  )
  const connection = new Connection(transport, protocol)
  transport.receive(connection)
  return { connection, transport, sent }
}

/** Answers carry the port id of who asked. */
function fromKernel(message: Uint8Array): Uint8Array {
  new DataView(message.buffer, message.byteOffset).setUint32(12, scripted.portId, true)
  return message
}

const refused = (request: Uint8Array) => encodeAck(request, { errno: 2, portId: scripted.portId })
const port = (message: Parameters<typeof portOf>[0]) => ({ port: portOf(message) })

/** Runs something, and what it makes due, without a turn of the event loop. */
async function withinTurn<T>(run: () => Promise<T>): Promise<{ readonly outcome: T; readonly isWithin: boolean }> {
  let isWithin = true
  const turn = setImmediate(() => {
    isWithin = false
  })
  const outcome = await run()
  clearImmediate(turn)
  return { outcome, isWithin }
}

test('a question resolves to what is read of its one answer, which is there without a turn of the event loop', async () => {
  const { connection, sent } = connected()
  const { outcome, isWithin } = await withinTurn(() => connection.ask(get(7), port))
  expect({ outcome, isWithin }).toEqual({ outcome: { port: 7 }, isWithin: true })
  expect(u16(sent[0]!, 6) & (messageFlags.request | messageFlags.ack)).toBe(messageFlags.request)
  await turns(2)
})

test('it waits where a transport cannot read now', async () => {
  const { connection } = connected(undefined, { readNow: undefined })
  const { outcome, isWithin } = await withinTurn(() => connection.ask(get(7), port))
  expect({ outcome, isWithin }).toEqual({ outcome: { port: 7 }, isWithin: false })
})

test('who asks on and on leaves the event loop a turn after each 63 answers', async () => {
  const { connection } = connected()
  const within: boolean[] = []
  for (let i = 0; i < 192; i++) within.push((await withinTurn(() => connection.ask(get(7), port))).isWithin)
  expect(within.flatMap((isWithin, i) => (isWithin ? [] : [i + 1]))).toEqual([64, 128, 192])
})

test('a question that is answered at once needs no timer; one that is not has its deadline', async () => {
  const made = vi.spyOn(globalThis, 'setTimeout')
  const { connection } = connected()
  await connection.ask(get(7), port)
  expect(made).not.toHaveBeenCalled()
  made.mockRestore()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const silent = connected(() => []).connection.ask(get(7), port, { timeoutMilliseconds: 300 })
  const outcome = expect(silent).rejects.toMatchObject({ name: 'NoAnswerError', code: 'ETIMEDOUT' })
  await vi.advanceTimersByTimeAsync(300)
  await outcome
})

test('it rejects with a refusal, with what reading throws, and where nothing is answered but that it was done', async () => {
  const advice = { ENOENT: 'there is no such thing' }
  const refusal = connected((request) => [refused(request)]).connection.ask(get(7), port, { advice })
  await expect(refusal).rejects.toThrow(NetlinkError)
  await expect(refusal).rejects.toThrow(advice.ENOENT)
  const mistake = new Error('a mistake in reading')
  const mistaken = connected().connection.ask(get(7), () => {
    throw mistake
  })
  await expect(mistaken).rejects.toBe(mistake)
  const done = connected((request) => [encodeAck(request, { errno: 0, portId: scripted.portId })])
  await expect(done.connection.ask(get(7), port)).rejects.toMatchObject({ name: 'DecodeError' })
})

test('an aborted question rejects with the reason, and is not sent; an abort after the answer changes nothing', async () => {
  const { connection, sent } = connected()
  await expect(connection.ask(get(7), port, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
  expect(sent).toEqual([])
  const controller = new AbortController()
  const answer = connection.ask(get(7), port, { signal: controller.signal })
  controller.abort('too late')
  expect(await answer).toEqual({ port: 7 })
})

test('questions are paced as requests are, and get their own answers', async () => {
  let underWay = 0
  let most = 0
  const later = { readNow: undefined }
  const { connection } = connected((request) => {
    most = Math.max(most, ++underWay)
    setImmediate(() => underWay--)
    return sequenceOf(request) % 3 === 0 ? [refused(request)] : [entry(sequenceOf(request), sequenceOf(request))]
  }, later)
  const requests = new Requests(connection)
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => requests.ask(get(1), port)))
  expect(most).toBe(64)
  expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value.port : undefined))).toEqual(
    Array.from({ length: 200 }, (_, i) => ((i + 1) % 3 === 0 ? undefined : i + 1)),
  )
})
