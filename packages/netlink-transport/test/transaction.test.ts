import { control, encodeAck, type Message, messageFlags, messages, setSequence, u16 } from '@nfkit/netlink-codec'
import { batchAttrs, batchMessage, encodeMessage, netfilterOf, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Connection, NetlinkError, NoAnswerError, TransactionError } from '../src/index.ts'
import { get, protocol, together } from './messages.ts'
import { scripted } from './scripted.ts'

/** An operation that says which it is: a table of nf_tables to be made. */
function operation(n: number, flags = 0): Uint8Array {
  const header = { type: (subsystem.nftables << 8) | 0, flags, family: 1 }
  return encodeMessage(header, batchAttrs, { unknown: [{ id: 1, bytes: Uint8Array.of(65 + n, 0) }] })
}

const operations = (count: number) => Array.from({ length: count }, (_, n) => operation(n))
const parts = (datagram: Uint8Array) => [...messages(datagram)]
const bytesOf = ({ bytes, start, end }: Message) => bytes.slice(start, end)
const { portId } = scripted

/** A connection whose kernel answers the messages of a datagram: BEGIN first, then the operations, then END. */
function connected(answers: (sent: readonly Message[]) => readonly Uint8Array[], sendLimit?: number) {
  const sent: Uint8Array[] = []
  const unsolicited: number[] = []
  const transport = scripted((datagram) => {
    sent.push(datagram)
    return answers(parts(datagram))
  }, sendLimit)
  const connection = new Connection(transport, protocol, {
    message: ({ type }) => unsolicited.push(type),
    error: (error) => {
      throw error
    },
  })
  transport.receive(connection)
  return { connection, sent, unsolicited }
}

const ack = (message: Message, errno = 0) => encodeAck(bytesOf(message), { errno, portId })
/** What is acknowledged where nothing fails. */
const asked = (sent: readonly Message[]) => sent.filter(({ flags }) => flags & messageFlags.ack).map((one) => ack(one))
const refusing = (errnos: { readonly [index: number]: number }) => (sent: readonly Message[]) => [
  ...sent.flatMap((one, i) =>
    errnos[i - 1] ? [ack(one, errnos[i - 1])] : one.flags & messageFlags.ack ? [ack(one)] : [],
  ),
]

test('BEGIN, the operations and END are one datagram, numbered in a row, and the last operation alone is acknowledged', async () => {
  const { connection, sent } = connected(asked)
  const given = operations(3)
  const before = given.map((one) => one.slice())
  expect(await connection.transaction(given, { generation: 7 })).toEqual([
    { messages: [] },
    { messages: [] },
    { messages: [] },
  ])
  expect(given).toEqual(before)
  expect(sent).toHaveLength(1)
  const all = parts(sent[0]!)
  expect(all.map(({ type }) => type)).toEqual([batchMessage.begin.type, 0xa00, 0xa00, 0xa00, batchMessage.end.type])
  expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5])
  const { request } = messageFlags
  expect(all.map(({ flags }) => flags)).toEqual([request, request, request, request | messageFlags.ack, request])
  expect([all[0]!, all[4]!].map((one) => netfilterOf(one).resourceId)).toEqual([subsystem.nftables, subsystem.nftables])
  expect(netfilterOf(all[0]!).attrs.get(batchAttrs.rows.genid)).toBe(7)
  await connection.transaction(operations(1))
  expect(parts(sent[1]!).map(({ sequence }) => sequence)).toEqual([6, 7, 8])
  expect(netfilterOf(parts(sent[1]!)[0]!).attrs.get(batchAttrs.rows.genid)).toBeUndefined()
})

test('a dry run has no END', async () => {
  const { connection, sent } = connected(asked)
  await connection.transaction(operations(2), { dryRun: true })
  expect(parts(sent[0]!).map(({ type }) => type)).toEqual([batchMessage.begin.type, 0xa00, 0xa00])
})

test('nothing to do is done without asking', async () => {
  const { connection, sent } = connected(asked)
  expect(await connection.transaction([])).toEqual([])
  expect(sent).toEqual([])
})

test.each([
  ['in the middle', { 1: 2, 2: 17 }],
  ['at the end', { 3: 2 }],
  ['first', { 0: 22 }],
] as const)('what is refused %s is named, each with its own error', async (_, errnos) => {
  const { connection } = connected(refusing(errnos))
  const error = await connection
    .transaction(operations(4), { advice: { ENOENT: 'make it first' } })
    .catch((error) => error)
  expect(error).toBeInstanceOf(TransactionError)
  expect(
    error.failures.map(({ index, error }: { index: number; error: NetlinkError }) => [index, error.errno]),
  ).toEqual(Object.entries(errnos).map(([index, errno]) => [Number(index), errno]))
  expect(error.cause).toBe(error.failures[0].error)
  const [index, errno] = Object.entries(errnos)[0]!
  expect(error.message).toContain(`operation ${index} of 4 was refused`)
  if (errno === 2) expect(error.message).toContain('make it first')
})

test('an error of the commit, which bears the number of the first operation, fails what was acknowledged', async () => {
  const { connection, unsolicited } = connected((sent) => [ack(sent[1]!, 22), ack(sent[2]!)])
  await expect(connection.transaction(operations(2))).rejects.toMatchObject({ failures: [{ index: 0 }] })
  expect(unsolicited).toEqual([])
})

test('a batch that is refused as a whole is no fault of an operation', async () => {
  const { connection } = connected((sent) => [ack(sent[0]!, 85)])
  const error = await connection.transaction(operations(2), { generation: 3 }).catch((error) => error)
  expect(error).toBeInstanceOf(NetlinkError)
  expect(error).toMatchObject({
    code: 'ERESTART',
    request: 'NFNL_MSG_BATCH_BEGIN',
    message: expect.stringContaining('read it again'),
  })
})

test('what the kernel tells of an operation is in its outcome, with bytes of its own', async () => {
  const echo = (of: Message, n: number) => {
    const bytes = operation(n)
    setSequence(bytes, of.sequence)
    return bytes
  }
  const { connection } = connected((sent) => [
    together(echo(sent[1]!, 1), echo(sent[3]!, 3), echo(sent[3]!, 4), ack(sent[3]!)),
  ])
  const outcomes = await connection.transaction([operation(0, messageFlags.echo), operation(1), operation(2)])
  await new Promise((resolve) => setImmediate(resolve))
  expect(outcomes.map(({ messages }) => messages.map((one) => one.bytes[24]))).toEqual([[66], [], [68, 69]])
})

test('events and answers of others in the same datagram go where they belong', async () => {
  const { connection, unsolicited } = connected((sent) => {
    const event = operation(9)
    setSequence(event, sent[1]!.sequence)
    event[12] = 1
    return [together(event, ack(sent[1]!, 2), operation(8), ack(sent[2]!))]
  })
  await expect(connection.transaction(operations(2))).rejects.toMatchObject({
    failures: [{ index: 0, error: { code: 'ENOENT' } }],
  })
  expect(unsolicited).toEqual([0xa00, 0xa00])
})

test('silence ends at the deadline, and a request goes on meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { connection, sent } = connected((sent) => (sent[0]!.type === batchMessage.begin.type ? [] : asked(sent)))
  const outcome = connection.transaction(operations(2), { timeoutMilliseconds: 50 }).catch((error) => error)
  expect(await connection.request(get(1))).toEqual([])
  expect(parts(sent[1]!)[0]!.sequence).toBe(5)
  await vi.advanceTimersByTimeAsync(50)
  const error = await outcome
  expect(error).toBeInstanceOf(NoAnswerError)
  expect(error).toMatchObject({ code: 'ETIMEDOUT', request: 'NFNL_MSG_BATCH_BEGIN' })
  expect(vi.getTimerCount()).toBe(0)
})

test('an abort and a close reject it, once', async () => {
  const { connection } = connected(() => [])
  const controller = new AbortController()
  const aborted = connection.transaction(operations(3), { signal: controller.signal })
  controller.abort(new Error('no longer wanted'))
  await expect(aborted).rejects.toThrow('no longer wanted')
  const closed = connection.transaction(operations(3))
  connection.close()
  await expect(closed).rejects.toMatchObject({ code: 'ECANCELED' })
})

test('what makes no batch is refused before anything is sent', async () => {
  const { connection, sent } = connected(asked)
  const short = operation(1).subarray(0, 19)
  const begin = encodeMessage({ type: batchMessage.begin.type, flags: 0 }, batchAttrs, {})
  for (const [wrong, where] of [
    [[operation(0), short], 'operation 1'],
    [[together(operation(0), operation(1))], 'operation 0'],
    [[operation(0), get(1)], 'operation 1'],
    [[begin], 'operation 0'],
    [[operation(0), begin], 'operation 1'],
  ] as const)
    await expect(connection.transaction(wrong)).rejects.toMatchObject({ name: 'EncodeError', where })
  await expect(connection.transaction(operations(1), { generation: -1 })).rejects.toMatchObject({ name: 'EncodeError' })
  expect(sent).toEqual([])
})

test('operations without padding lie at multiples of four', async () => {
  const { connection, sent } = connected(asked)
  const unpadded = operation(0).slice(0, 26)
  unpadded[0] = 26
  expect(u16(unpadded, 20)).toBe(6)
  await connection.transaction([unpadded, operation(1)])
  expect(parts(sent[0]!).map(({ start }) => start % 4)).toEqual([0, 0, 0, 0])
  expect(parts(sent[0]!)[2]!.type).toBe(0xa00)
  expect(control.error).toBe(2)
})
