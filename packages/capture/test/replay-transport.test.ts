import { getEventListeners } from 'node:events'
import { encodeDone, errno, type Message, messageFlags, messages } from '@nfkit/netlink-codec'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { Connection, type Transport, type TransportError } from '@nfkit/netlink-transport'
import { describe, expect, test } from 'vitest'
import { linktype, MemorySink, PcapWriter, ReplayError } from '../src/index.ts'
import { captured } from '../src/netlink/protocol.ts'
import { Recording } from '../src/record/recording.ts'
import {
  answer,
  bind,
  dump,
  entry,
  foreignPcapng,
  type Line,
  nlmonCapture,
  packet,
  recordedPort,
  recording,
  replay,
  unbind,
  verdict,
} from './conversation.ts'

/** Binds a queue, accepts odd packets and drops even ones, unbinds when all is quiet. */
async function judge(
  transport: Awaited<ReturnType<typeof replay>>,
  judgement = (id: number) => (id % 2 === 1 ? 1 : 0),
): Promise<{ ids: number[]; errors: unknown[] }> {
  const ids: number[] = []
  const errors: unknown[] = []
  const connection = new Connection(transport, captured, {
    message({ bytes, start, end }: Message) {
      const { id } = new QueuedPacket(bytes, start, end)
      ids.push(id)
      transport.send(verdict(id, judgement(id), 0x8000_0000 + id))
    },
    error: (error) => errors.push(error),
  })
  transport.receive(connection)
  try {
    await connection.request(bind(0))
    await transport.quiet
    await connection.request(unbind(0))
  } catch (error) {
    errors.push(error)
  } finally {
    connection.close()
  }
  return { ids, errors }
}

const session: Line[] = [
  ['>', bind(77)],
  ['<', answer(bind(77))],
  ['<', packet(1)],
  ['<', packet(2)],
  ['>', verdict(1, 1)],
  ['<', packet(3)],
  ['>', verdict(2, 0)],
  ['>', verdict(3, 1)],
  ['>', unbind(78)],
  ['<', answer(unbind(78))],
]

describe('a recording is the kernel', () => {
  test('what does the same as when it was recorded is told nothing else', async () => {
    const transport = await replay(recording(session))
    expect(await judge(transport)).toEqual({ ids: [1, 2, 3], errors: [] })
    expect(await transport.finished).toEqual({ records: 10, matched: 5, differences: [], different: 0 })
  })

  test.each([
    ['as pcap of nlmon', nlmonCapture],
    ['as pcapng with directions', foreignPcapng],
  ])('captured by others %s', async (_, captured) => {
    const transport = await replay(captured(session))
    expect(await judge(transport)).toEqual({ ids: [1, 2, 3], errors: [] })
    expect(await transport.finished).toMatchObject({ matched: 5, differences: [] })
  })

  test('answers carry our sequence numbers and port id, in the repeated request, too', async () => {
    const transport = await replay(recording(session.slice(0, 2)))
    const received: Uint8Array[] = []
    transport.receive({
      batch({ bytes, spans, length, release }) {
        for (let i = 0; i < length; i++) received.push(bytes.slice(spans[2 * i], spans[2 * i]! + spans[2 * i + 1]!))
        release()
      },
      error(error) {
        throw error
      },
    })
    transport.send(bind(5))
    await transport.finished
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(received).toEqual([answer(bind(5), 0, transport.portId)])
    transport.close()
  })

  test('of a machine of the other byte order', async () => {
    const foreign = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))
    const header = '0000 0000 | 0008 0001 | 01 00 0000'.replaceAll('|', '')
    const swapped: Line[] = [
      ['>', foreign(`0000001c 0302 0005 00000007 00000000 ${header}`)],
      ['<', foreign(`00000024 0002 0100 00000007 00001267 00000000 0000001c 0302 0005 00000007 00000000`)],
    ]
    const transport = await replay(nlmonCapture(swapped))
    const connection = new Connection(transport, captured)
    transport.receive(connection)
    await expect(connection.request(bind(0))).resolves.toEqual([])
    expect(await transport.finished).toMatchObject({ matched: 1, differences: [] })
    connection.close()
  })

  test('a refusal is one again', async () => {
    const refused: Line[] = [
      ['>', bind(9)],
      ['<', answer(bind(9), errno.EBUSY)],
    ]
    const transport = await replay(recording(refused))
    const connection = new Connection(transport, captured)
    transport.receive(connection)
    await expect(connection.request(bind(0))).rejects.toMatchObject({ name: 'NetlinkError', code: 'EBUSY' })
    expect((await transport.finished).differences).toEqual([])
    connection.close()
  })

  test('verdicts may come in another order, and several in one datagram', async () => {
    const transport = await replay(recording(session.slice(2, 8)))
    const ids: number[] = []
    transport.receive({
      batch(batch) {
        for (let i = 0; i < batch.length; i++) {
          const start = batch.spans[2 * i]!
          ids.push(new QueuedPacket(batch.bytes, start, start + batch.spans[2 * i + 1]!).id)
        }
        batch.release()
        if (ids.length === 2) transport.send(Buffer.concat([verdict(2, 0), verdict(1, 1)]))
        if (ids.length === 3) transport.send(verdict(3, 1))
      },
      error() {},
    })
    expect(await transport.finished).toMatchObject({ matched: 3, differences: [] })
    transport.close()
  })

  test('a sibling has its own part of the recording', async () => {
    const lines: Line[] = [
      ['>', bind(1)],
      ['<', answer(bind(1))],
      ['>', dump(1), 'netlink.1'],
      ['<', entry(10, 1, recordedPort + 1), 'netlink.1'],
      ['<', packet(1)],
      ['<', entry(11, 1, recordedPort + 1), 'netlink.1'],
      ['<', encodeDone(1, { errno: 0, portId: recordedPort + 1 }), 'netlink.1'],
      ['>', verdict(1, 1)],
    ]
    const transport = await replay(recording(lines))
    const connection = new Connection(transport, captured, {
      message: (message) => transport.send(verdict(netfilterOf(message).attrs.get(nfqa.rows.packetHdr)!.packetId, 1)),
      error() {},
    })
    transport.receive(connection)
    await connection.request(bind(0))
    const parts: number[] = []
    for await (const part of connection.dump(dump(0))) for (const message of messages(part)) parts.push(message.portId)
    expect(parts).toEqual([2, 2])
    expect(await transport.finished).toMatchObject({ matched: 3, differences: [] })
    connection.close()
  })

  test('pausing holds deliveries back, and patience with them', async () => {
    const transport = await replay(recording(session.slice(2, 5)), { patienceMilliseconds: 20 })
    const ids: number[] = []
    transport.pause()
    transport.receive({
      batch(batch) {
        for (let i = 0; i < batch.length; i++) {
          const start = batch.spans[2 * i]!
          ids.push(new QueuedPacket(batch.bytes, start, start + batch.spans[2 * i + 1]!).id)
        }
        batch.release()
        transport.send(verdict(1, 1))
      },
      error() {},
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(ids).toEqual([])
    transport.resume()
    expect(await transport.finished).toMatchObject({ matched: 1, differences: [] })
    expect(ids).toEqual([1, 2])
    expect(() => transport.receive({ batch() {}, error() {} })).toThrow('one receiver')
    transport.close()
  })

  test('after the end requests are acknowledged', async () => {
    const transport = await replay(recording(session.slice(0, 2)))
    const connection = new Connection(transport, captured)
    transport.receive(connection)
    await connection.request(bind(0))
    await transport.finished
    await expect(connection.request(unbind(0))).resolves.toEqual([])
    connection.close()
  })
})

describe('stopped by a signal', () => {
  const reason = new Error('no longer wanted')

  test('in a pause: nothing more comes, and who closes is answered', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const transport = await replay(foreignPcapng(session, 3_600_000_000_000n), { timing: 'original', signal })
    const errors: unknown[] = []
    const connection = new Connection(transport, captured, { message() {}, error: (error) => errors.push(error) })
    transport.receive(connection)
    await connection.request(bind(0))
    const asked = connection.request(unbind(0))
    await new Promise((resolve) => setTimeout(resolve, 20))
    controller.abort(reason)
    await expect(transport.finished).rejects.toBe(reason)
    await expect(asked, 'asked before').resolves.toEqual([])
    await expect(connection.request(unbind(0)), 'asked afterwards').resolves.toEqual([])
    expect(errors).toEqual([])
    connection.close()
  })

  test.each([
    ['something that our code does not do', session, () => {}],
    [
      'our code, which takes nothing',
      Array<Line>(5_000).fill(['<', packet(1)]),
      (transport: Transport) => transport.pause(),
    ],
  ])('while it waits for %s', async (_, lines, prepare) => {
    const controller = new AbortController()
    const patienceMilliseconds = Number.POSITIVE_INFINITY
    const transport = await replay(recording(lines), { patienceMilliseconds, signal: controller.signal })
    prepare(transport)
    await new Promise((resolve) => setTimeout(resolve, 20))
    controller.abort(reason)
    await expect(transport.finished).rejects.toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    transport.close()
  })

  test('before it begins', async () => {
    const transport = await replay(recording(session), { signal: AbortSignal.abort(reason) })
    await expect(transport.finished).rejects.toBe(reason)
    transport.close()
  })
})

describe('doing something else', () => {
  test('another verdict ends the replay, and the error shows both', async () => {
    const transport = await replay(recording(session))
    const { errors } = await judge(transport, () => 1)
    const failure = await transport.finished.catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ReplayError)
    expect((failure as ReplayError).difference).toMatchObject({ kind: 'changed', record: 7 })
    expect((failure as Error).message.split('\n')).toEqual([
      'record 7: what is sent differs from the recording',
      '  NFQNL_MSG_VERDICT  flags REQUEST  family UNSPEC (0), version 0, resourceId 0',
      expect.stringMatching(/^- {3}NFQA_VERDICT_HDR verdict .*0.*, id 2$/),
      expect.stringMatching(/^\+ {3}NFQA_VERDICT_HDR verdict .*1.*, id 2$/),
    ])
    expect(errors).toEqual([failure])
    expect(() => transport.send(bind(1))).toThrow(ReplayError)
  })

  test('collected, the replay goes on', async () => {
    const transport = await replay(recording(session), { onDifference: 'collect' })
    expect(await judge(transport, () => 1)).toEqual({ ids: [1, 2, 3], errors: [] })
    const { matched, differences } = await transport.finished
    expect(matched).toBe(4)
    expect(differences.map(({ kind, record }) => [kind, record])).toEqual([['changed', 7]])
  })

  test('no verdict at all is missed when patience ends', async () => {
    const transport = await replay(recording(session))
    const connection = new Connection(transport, captured, { message() {}, error() {} })
    transport.receive(connection)
    await connection.request(bind(0))
    await expect(transport.finished).rejects.toMatchObject({
      difference: {
        kind: 'missing',
        record: 5,
        text: expect.stringMatching(/- {3}NFQA_VERDICT_HDR verdict .*1.*, id 1/),
      },
    })
    connection.close()
  })

  test('two verdicts on one packet: the second was not recorded', async () => {
    const transport = await replay(recording(session.slice(2, 5)), { onDifference: 'collect' })
    transport.receive({
      batch(batch) {
        const { id } = new QueuedPacket(batch.bytes, 0, batch.spans[1]!)
        batch.release()
        transport.send(Buffer.concat([verdict(id, 1), verdict(id, 1)]))
      },
      error() {},
    })
    const { differences } = await transport.finished
    expect(differences.map(({ kind }) => kind)).toEqual(['unexpected'])
    transport.close()
  })

  test('requests in another order', async () => {
    const lines: Line[] = [
      ['>', bind(1)],
      ['>', dump(2)],
    ]
    const transport = await replay(recording(lines), { onDifference: 'collect' })
    transport.send(Buffer.concat([dump(1), bind(2)]))
    expect((await transport.finished).differences.map(({ kind }) => kind)).toEqual(['order'])
    transport.close()
  })

  test('what was not recorded is answered, so that whoever waits goes on', async () => {
    const transport = await replay(
      recording([
        ['>', bind(1)],
        ['<', answer(bind(1))],
      ]),
      { onDifference: 'collect' },
    )
    const connection = new Connection(transport, captured)
    transport.receive(connection)
    await connection.request(dump(0).fill(0, 6, 8))
    await connection.request(bind(0))
    const { differences, matched } = await transport.finished
    expect(differences.map(({ kind }) => kind)).toEqual(['unexpected'])
    expect(matched).toBe(1)
    connection.close()
  })

  test('closing early ends the replay, and what comes next is missing', async () => {
    const transport = await replay(recording(session), { onDifference: 'collect' })
    transport.close()
    expect(await transport.finished).toMatchObject({ records: 0, differences: [{ kind: 'missing', record: 1 }] })
  })

  test('by meaning: acknowledgements and the order of attributes do not count', async () => {
    const plain: Line[] = [
      ['>', bind(1, messageFlags.request)],
      ['<', packet(1)],
      ['>', verdict(1, 1)],
    ]
    const strict = await replay(recording(plain), { onDifference: 'collect' })
    await judge(strict)
    expect((await strict.finished).differences.map(({ kind }) => kind)).toEqual(['changed'])
    const transport = await replay(recording(plain), { compare: 'meaning' })
    expect(await judge(transport)).toEqual({ ids: [1], errors: [] })
    expect(await transport.finished).toMatchObject({ matched: 2, differences: [] })
  })
})

describe('what cannot be replayed', () => {
  test('a capture of packets', async () => {
    const sink = new MemorySink()
    const writer = new PcapWriter(sink, { linktype: linktype.ethernet })
    writer.record(1n, new Uint8Array(60))
    writer.close()
    await expect(replay(sink.bytes)).rejects.toMatchObject({
      name: 'CaptureError',
      reason: 'record 1 is LINKTYPE_ETHERNET, not LINKTYPE_NETLINK: replay captures of packets with replayPackets',
    })
  })

  test('a capture cut by its snap length, and one of noise', async () => {
    const capture = (bytes: Uint8Array, length?: number) => {
      const sink = new MemorySink()
      const writer = new PcapWriter(sink, { linktype: linktype.netlink })
      writer.record(1n, bytes, length)
      writer.close()
      return sink.bytes
    }
    const noise = new Uint8Array(40)
    noise[15] = 12 // NETLINK_NETFILTER
    await expect(replay(capture(noise, 60))).rejects.toMatchObject({
      reason: expect.stringContaining('capture with a longer snap length'),
    })
    await expect(replay(capture(noise))).rejects.toMatchObject({ problem: 'corrupt' })
    await expect(replay(capture(new Uint8Array(4)))).rejects.toMatchObject({ problem: 'corrupt' })
  })

  test('a recording that ends early: what there is is played, then the error', async () => {
    const whole = recording(session)
    const transport = await replay(whole.subarray(0, whole.length - 10))
    const { ids } = await judge(transport)
    expect(ids).toEqual([1, 2, 3])
    await expect(transport.finished).rejects.toMatchObject({ name: 'CaptureError', problem: 'truncated' })
  })
})

test('errors of the recorded socket reach our code as they did', async () => {
  const sink = new MemorySink()
  const file = new Recording(sink, () => {})
  const socket = file.open('netlink', recordedPort)
  file.event(socket, 'outbound', 'noop', { call: 'join', arguments: [1], error: { syscall: 'setsockopt', errno: 1 } })
  file.event(socket, 'outbound', 'noop', {
    call: 'resize',
    arguments: [{ receive: 9 }],
    result: { receive: 5, send: 600 },
  })
  file.datagram(socket, 'outbound', bind(1), { error: { syscall: 'sendto', errno: errno.ENOBUFS } })
  file.event(socket, 'inbound', 'overrun', { error: { syscall: 'recvmmsg', errno: errno.ENOBUFS } })
  file.close()
  const transport = await replay(sink.bytes)
  const errors: TransportError[] = []
  transport.receive({ batch() {}, error: (error) => errors.push(error) })
  expect(() => transport.join(1)).toThrow(expect.objectContaining({ syscall: 'setsockopt', code: 'EPERM' }))
  expect(transport.resize({ receive: 9 })).toEqual({ receive: 5, send: 600 })
  expect(() => transport.send(bind(4))).toThrow(expect.objectContaining({ syscall: 'sendto', code: 'ENOBUFS' }))
  expect(await transport.finished).toMatchObject({ records: 4, differences: [] })
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  expect(errors).toMatchObject([{ syscall: 'recvmmsg', code: 'ENOBUFS' }])
  transport.close()
})

test('an option that is unknown or out of range is refused by name', async () => {
  for (const [options, message] of [
    [{ patience: 5 }, 'replayTransport: there is no option "patience"'],
    [{ compare: 'toString' }, 'compare: "toString"'],
    [{ timing: 'orignal' }, 'did you mean "original"?'],
    [{ onDifference: null }, 'onDifference: null'],
    [{ include: true }, 'include: true is no function'],
    [{ signal: new AbortController() }, 'signal: an object is no AbortSignal'],
    [{ patienceMilliseconds: 2 ** 31 }, 'patienceMilliseconds: 2147483648'],
    [{ patienceMilliseconds: Number.NaN }, 'patienceMilliseconds: NaN'],
  ] as const)
    await expect(replay(recording([]), options as object)).rejects.toThrow(message)
})

test('differences are counted, and no recording has all of them kept', async () => {
  const lines: Line[] = []
  for (let id = 1; id <= 1_200; id++) lines.push(['<', packet(id)], ['>', verdict(id, 1)])
  const transport = await replay(recording(lines), { onDifference: 'collect' })
  transport.receive(
    new Connection(transport, captured, {
      message: ({ bytes, start, end }) => transport.send(verdict(new QueuedPacket(bytes, start, end).id, 0)),
      error() {},
    }),
  )
  const { different, differences } = await transport.finished
  expect([different, differences.length]).toEqual([1_200, 1_000])
})
