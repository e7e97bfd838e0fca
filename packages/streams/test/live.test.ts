import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { Tracker } from '../src/index.ts'
import { live } from './live.ts'
import { byName, hello, nameAt } from './named-hello.ts'
import { text, turn, Wire } from './wire.ts'

/** The same hello for another host, which is let through. */
const other = hello.map((byte, i) => (i === nameAt[0] ? byte + 1 : byte))

test('the name is found wherever the hello is cut in two, and whichever half comes first', async () => {
  await using stage = await live({ judge: (connection) => connection.holdUntil(({ bytes }) => byName(bytes)) })
  const { kernel, connect, accepted } = stage
  // A queue in front holds the first half until the second has passed.
  kernel.rules.add({ hook: 'prerouting', table: 'mangle', protocol: 'tcp', source: '192.0.2.7', queue: 1 })
  const turner = await openQueue(kernel.connect(), { number: 1, deadlineMilliseconds: Number.POSITIVE_INFINITY })
  let turns = false
  let first: (() => void) | undefined
  turner.run((packet) => {
    const size = packet.ip?.tcp?.payload.length ?? 0
    if (size === 0 || !turns) return packet.accept()
    const pass = first
    first = undefined
    if (pass === undefined) {
      packet.hold()
      first = () => packet.accept()
      return
    }
    packet.accept()
    pass()
  })
  for (const [said, expected] of [
    [hello, ''],
    [other, text(other)],
  ] as const) {
    for (const reversed of [false, true]) {
      for (let cut = 1; cut < said.length; cut++) {
        const socket = connect()
        await Promise.all([socket.opened, kernel.run(0)])
        turns = reversed
        socket.write(said.subarray(0, cut))
        socket.write(said.subarray(cut))
        await kernel.run(0)
        turns = false
        expect(text(accepted.at(-1)!.received), `${cut} ${reversed}`).toBe(expected)
        socket.reset()
      }
    }
  }
  expect(stage.tracker.counts.holds.judged).toBe(4 * (hello.length - 1))
  await turner.close()
})

test('whatever the link does, each connection has the verdict of its name', async () => {
  await using stage = await live(
    { judge: (connection) => connection.holdUntil(({ bytes }) => byName(bytes)) },
    { host: { mss: 90, loss: 0.05, reorder: 0.2, duplicate: 0.1 }, seed: 5 },
  )
  const sockets = Array.from({ length: 60 }, (_, i) => {
    const socket = stage.connect()
    socket.write(i % 2 === 0 ? hello : other)
    return socket
  })
  await Promise.all(sockets.map(({ opened }) => opened.catch(() => undefined)).concat([stage.kernel.run(120) as never]))
  const heard = stage.accepted.map(({ received }) => text(received))
  expect(heard.filter((one) => one === text(other)).length).toBe(30)
  expect(heard.filter((one) => one !== text(other)).every((one) => one === '')).toBe(true)
})

test('a packet the tracker leaves is judged by the queue, and counted there', async () => {
  await using stage = await live({
    judge: (connection) => connection.holdUntil(() => undefined, { milliseconds: 100 }),
  })
  const reasons: string[] = []
  stage.queue.on('unjudged', ({ reason }) => reasons.push(reason))
  const socket = stage.connect()
  await Promise.all([socket.opened, stage.kernel.run(0)])
  socket.write(hello)
  await stage.kernel.run(0.15)
  expect(reasons).toEqual(['forgotten'])
  expect(stage.queue.stats().unjudged).toMatchObject({ forgotten: 1 })
  expect(stage.tracker.counts.holds.time).toBe(1)
})

const page = Uint8Array.from({ length: 150_000 }, (_, i) => (i * 31) ^ (i >> 7))

/** Marks in a page, each replaced by something longer or shorter. */
const mark = Uint8Array.from(Buffer.from('<mark>'))
const marked = page.slice()
for (let at = 1_000; at < marked.length - 10_000; at += 9_731) marked.set(mark, at)

/** What becomes of the page. */
function replaced(source: Uint8Array, by: Uint8Array): Uint8Array {
  const text = Buffer.from(source).toString('latin1').replaceAll('<mark>', Buffer.from(by).toString('latin1'))
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

test.each([
  ['longer', new Uint8Array(500).fill(0x2b), {}],
  ['shorter', new Uint8Array(1).fill(0x2d), {}],
  ['nothing', new Uint8Array(0), {}],
  ['longer', new Uint8Array(77).fill(0x2b), { loss: 0.02, reorder: 0.05 }],
  ['nothing', new Uint8Array(0), { loss: 0.02, reorder: 0.05 }],
  ['longer', new Uint8Array(77).fill(0x2b), { loss: 0.02, reorder: 0.05, duplicate: 0.05, gso: 10 }],
  ['shorter', new Uint8Array(2).fill(0x2d), { loss: 0.02, reorder: 0.05, gso: 10, timestamps: false }],
])('what is replaced by something %s reaches the other end whole (%#)', async (_, by, link) => {
  let edits = 0
  await using stage = await live(
    {
      judge(connection) {
        // A mark that is cut by the end of a chunk stays: its first bytes have gone on.
        connection.client.rewrite((chunk, position) => {
          const found = [...text(chunk).matchAll(/<mark>/g)].map(({ index }) => ({
            at: position + index,
            removed: mark.length,
            inserted: by,
          }))
          edits += found.length
          return found
        })
      },
    },
    { host: { mss: 900, ...link }, seed: 3 },
  )
  const socket = stage.connect()
  socket.write(marked)
  socket.end()
  await Promise.all([socket.opened, stage.kernel.run(0)])
  stage.accepted[0]!.write(page)
  stage.accepted[0]!.end()
  await stage.kernel.run(600)
  await socket.closed
  const [server] = stage.accepted
  const whole = replaced(marked, by)
  expect(edits).toBeGreaterThan(5)
  expect(Buffer.from(socket.received).equals(page)).toBe(true)
  const kept = replaced(server!.received, by)
  expect(Buffer.from(kept).equals(whole)).toBe(true)
})

test('bytes of a hello that is held may be changed before it goes on', async () => {
  await using stage = await live({
    async judge(connection) {
      const { verdict } = await connection.holdUntil(({ bytes }) => {
        if (byName(bytes) === undefined) return undefined
        connection.client.edit({
          at: nameAt[0],
          removed: 11,
          inserted: Uint8Array.from(Buffer.from('www.example.org')),
        })
        return 'accept'
      })
      return verdict === 'accept' ? 'accept' : 'drop'
    },
  })
  const socket = stage.connect()
  socket.write(hello.subarray(0, 130))
  socket.write(hello.subarray(130))
  await Promise.all([socket.opened, stage.kernel.run(1)])
  socket.write(Uint8Array.from(Buffer.from('after')))
  socket.end()
  stage.accepted[0]!.end()
  await stage.kernel.run(10)
  await socket.closed
  const received = text(stage.accepted[0]!.received)
  expect(received).toBe(`${text(hello.subarray(0, nameAt[0]))}www.example.org${text(hello.subarray(nameAt[1]))}after`)
})

test('bytes that went on cannot be changed', async () => {
  const errors: unknown[] = []
  await using stage = await live({
    judge(connection) {
      connection.client.listen((_, position) => {
        if (position === 0) return
        try {
          connection.client.edit({ at: 0, removed: 1, inserted: new Uint8Array(3) })
        } catch (error) {
          errors.push(error)
        }
      })
    },
  })
  const socket = stage.connect()
  await Promise.all([socket.opened, stage.kernel.run(0)])
  socket.write(hello.subarray(0, 3))
  await stage.kernel.run(0)
  socket.write(hello.subarray(3, 5))
  await stage.kernel.run(0)
  expect(errors).toEqual([
    expect.objectContaining({
      name: 'RangeError',
      message: 'at: byte 0 cannot be changed any more, only those from 3 on',
    }),
  ])
})

/** A queue whose packets are held by a tracker until `decide` is called, and one packet that is. */
async function holding(options: { deadlineMilliseconds?: number }) {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'input', protocol: 'tcp', queue: 0 })
  const queue = await openQueue(kernel.connect(), { number: 0, ...options })
  let decide = (_: 'accept') => {}
  const decided = new Promise<'accept'>((resolve) => {
    decide = resolve
  })
  const tracker = new Tracker({ judge: (connection) => connection.holdUntil(() => decided, { milliseconds: 60_000 }) })
  queue.run(tracker.handler)
  const wire = new Wire()
  const outcomes = [
    wire.bytes('client', { at: -1, syn: true, ack: false }),
    wire.bytes('client', {}),
    wire.bytes('client', { data: 'hello' }),
  ].map((bytes) => kernel.deliver(bytes, { indev: 'eth0' }))
  const unjudged: string[] = []
  const late: string[] = []
  queue
    .on('unjudged', ({ reason }) => unjudged.push(reason))
    .on('lateVerdict', ({ verdict }) => late.push(String(verdict)))
  await Promise.all(outcomes.slice(0, 2))
  return { kernel, queue, tracker, outcome: outcomes[2]!, decide, unjudged, late }
}

test('a queue that closes judges what a tracker holds, and a verdict after that harms nothing', async () => {
  const { kernel, queue, tracker, outcome, decide, unjudged } = await holding({})
  await turn()
  expect(tracker.held).toBe(1)
  await queue.close()
  expect([(await outcome).verdict, unjudged]).toEqual(['drop', ['closing']])
  decide('accept')
  await turn()
  expect(tracker.held).toBe(0)
  kernel.assertQuiet()
})

test('the deadline of the queue holds for packets a tracker holds, too', async () => {
  const { queue, outcome, decide, unjudged, late } = await holding({ deadlineMilliseconds: 20 })
  expect((await outcome).verdict).toBe('drop')
  expect(unjudged).toEqual(['deadline'])
  decide('accept')
  await turn()
  expect(late).toEqual(['accept'])
  await queue.close()
})
