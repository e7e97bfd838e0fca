import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { collect } from '../../../test/garbage.ts'
import { openQueue, type Packet } from '../src/index.ts'
import { type Late, lateEvery, memoryOf, runSize } from './late.ts'

const way = '192.0.2.1:4000 > 198.51.100.2:53'
const datagram = udp(way)

/** One more step of the event loop than a burst takes. */
const turns = async () => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}

const sizes = [
  { packets: 'small', bursts: 1, datagram },
  { packets: 'large', bursts: 4, datagram: udp(way, { payload: new Uint8Array(600) }) },
]

describe.each(sizes)('of $packets packets, which are copied beyond $bursts bursts', ({ bursts, datagram }) => {
  test.each([2, 10, 64])('one of %s that waits holds the bytes of no other', async (n) => {
    const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
    const queue = await openQueue(kernel.connect(), { number: 0, maxLength: 100_000 })
    onTestFinished(() => queue.close())
    const { late, handler } = lateEvery(n)
    queue.run(handler)
    const outcomes: Promise<unknown>[] = []
    for (let round = 0; round < 30; round++) {
      for (let i = 0; i < 64; i++) outcomes.push(kernel.deliver(datagram))
      await turns()
    }
    expect(queue.stats().received).toBe(30 * 64)
    expect(late.length).toBe(Math.floor((30 * 64) / n))
    // The rest holds what waits, and no more.
    expect(memoryOf(late).shared.length).toBe(bursts)
    for (const { view, copy, judge } of late) {
      expect(view).toEqual(copy)
      judge()
    }
    await Promise.all(outcomes)
    expect(queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 30 * 64 } })
  })

  test('when those that waited are judged, the next are not copied', async () => {
    const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
    const queue = await openQueue(kernel.connect(), { number: 0 })
    onTestFinished(() => queue.close())
    const { late, handler } = lateEvery(1)
    queue.run(handler)
    const arrive = async () => {
      void kernel.deliver(datagram)
      void kernel.deliver(datagram)
      await turns()
    }
    for (let i = 0; i < bursts + 2; i++) await arrive()
    expect(memoryOf(late).own.length).toBe(4)
    for (const { judge } of late.splice(0)) judge()
    await arrive()
    expect(late.length).toBe(2)
    expect(memoryOf(late).shared.length).toBe(1)
  })
})

test.each([
  ['before', [0, 1]],
  ['after', [1, 0]],
])(
  'a small packet that comes %s a large one of its burst does not keep that, be it the first that waits',
  async (_, order) => {
    const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
    const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off' })
    onTestFinished(() => queue.close())
    const packets = [datagram, udp(way, { payload: new Uint8Array(3_000) })]
    const waiting: Packet[] = []
    queue.run((packet) => {
      if (packet.length! > 3_000) packet.accept()
      else waiting.push(packet)
      return new Promise(() => {})
    })
    const outcomes = order.map((i) => kernel.deliver(packets[i]!))
    await turns()
    expect(waiting.map(({ message }) => message.bytes.buffer.byteLength)).toEqual([runSize])
    waiting[0]!.accept()
    await Promise.all(outcomes)
  },
)

test('small packets that wait share memory', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, maxLength: 1_000, conntrack: 'off' })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(2)
  queue.run(handler)
  const outcomes: Promise<unknown>[] = []
  for (let i = 0; i < 800; i++) {
    outcomes.push(kernel.deliver(datagram))
    await turns()
  }
  const messages = late.slice(4).map(({ packet }) => packet.message)
  const sizes = [...new Set(messages.map(({ bytes }) => bytes.buffer))].map(({ byteLength }) => byteLength)
  const needed = messages.reduce((sum, { start, end }) => sum + end - start, 0)
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(1.25 * needed)
  const last = late.at(-1)!
  try {
    structuredClone(last.view, { transfer: [last.view.buffer as ArrayBuffer] })
  } catch {
    // From Node 21 on this throws; before, the bytes are copied.
  }
  for (const { view, copy } of late) expect(view, 'which nobody can give away').toEqual(copy)
  for (const { judge } of late) judge()
  await Promise.all(outcomes)
})

test('so do those that are held, and what was read of them stays', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off' })
  onTestFinished(() => queue.close())
  const held: { readonly packet: Packet; readonly copy: Uint8Array }[] = []
  queue.run((packet) => {
    const copy = packet.payload!.slice()
    held.push({ packet: packet.hold(), copy })
  })
  const outcomes: Promise<unknown>[] = []
  for (let i = 0; i < 200; i++) {
    outcomes.push(kernel.deliver(udp(way, { payload: new Uint8Array(40).fill(i) })))
    if (i % 3 === 0) await turns()
  }
  await turns()
  const messages = held.map(({ packet }) => packet.message)
  const sizes = [...new Set(messages.map(({ bytes }) => bytes.buffer))].map(({ byteLength }) => byteLength)
  const needed = messages.reduce((sum, { start, end }) => sum + end - start, 0)
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(1.25 * needed)
  for (const { packet } of held) packet.accept()
  await Promise.all(outcomes)
  for (const { packet, copy } of held) expect(packet.payload).toEqual(copy)
})

test('one that is held later is itself, also where it comes to lie in the place of one that was read last', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off' })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(1)
  queue.run((packet) => (packet.id === 1 ? handler(packet) : packet.accept()))
  const outcome = kernel.deliver(udp(way, { payload: new Uint8Array(100) }), { mark: 7 })
  await turns()
  const { packet } = late[0]!
  const seen = [packet.mark, packet.payload!.slice(), `${packet}`]
  await kernel.deliver(udp(way, { payload: new Uint8Array(10) }), { mark: 99 })
  packet.hold()
  expect([packet.mark, packet.payload, `${packet}`]).toEqual(seen)
  packet.accept()
  await outcome
})

test('memory of small packets that were judged is used again, and that of packets which the queue has judged is not', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off' })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(1)
  queue.run(handler)
  /** So many wait; returns the memory of all but the first, which has its burst's. */
  const waiting = async (count: number) => {
    for (let i = 0; i < count; i++) {
      void kernel.deliver(datagram)
      await turns()
    }
    return new Set(late.slice(1).map(({ view }) => view.buffer))
  }
  const first = await waiting(200)
  const all = new Set<ArrayBufferLike>(first)
  for (let round = 0; round < 5; round++) {
    for (const { judge } of late.splice(0)) judge()
    for (const memory of await waiting(200)) all.add(memory)
  }
  expect(first.size).toBeGreaterThan(4)
  expect(all.size - first.size, 'new ones, of all rounds').toBeLessThan(2)
  const left = late.splice(0)
  queue.judgeThrough(left.at(-1)!.packet, 'accept')
  const next = await waiting(20)
  expect(left.slice(1, -1).filter(({ view }) => next.has(view.buffer))).toEqual([])
  for (const { view, copy } of left.slice(0, -1)) expect(view, 'which the program may look at').toEqual(copy)
})

/** What becomes of a packet: judged at once, never before the end, held or not, left to the queue by a fault, or it waits in place of another. */
const fates = fc.constantFrom('judged', 'waits', 'is held', 'throws', 'changes places')

test('what a program may look at stays as it is, whatever comes and goes beside it', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fates, fc.nat(600)), { minLength: 10, maxLength: 60 }),
      fc.constantFrom(1, 6),
      async (packets, pace) => {
        const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
        const queue = await openQueue(kernel.connect(), { number: 0, maxLength: 1_000, conntrack: 'off' })
        queue.on('unjudged', () => {})
        queue.on('handlerError', () => {})
        const waiting: Late[] = []
        queue.run((packet) => {
          const [fate] = packets[packet.id - 1]!
          if (fate === 'throws') throw new Error('a fault')
          if (fate === 'changes places') waiting.pop()?.judge()
          if (fate === 'judged') {
            packet.accept()
            return undefined
          }
          if (fate === 'is held') packet.hold()
          const view = packet.payload!
          waiting.push({ packet, view, copy: view.slice(), judge: () => packet.accept() })
          return new Promise(() => {})
        })
        const outcomes: Promise<unknown>[] = []
        for (const [i, [, length]] of packets.entries()) {
          outcomes.push(kernel.deliver(udp(way, { payload: new Uint8Array(length).fill(i) }), { mark: i + 1 }))
          if (i % pace !== 0) continue
          await turns()
          const first = waiting.shift()
          if (first) waiting.push({ ...first, view: first.packet.hold().payload! })
        }
        await turns()
        for (const { packet, view, copy } of waiting) {
          expect(view).toEqual(copy)
          expect([packet.mark, packet.payload]).toEqual([packet.id, copy])
        }
        for (const { judge } of waiting) judge()
        await Promise.all(outcomes)
        await queue.close()
      },
    ),
  ))

test('a packet that cannot be copied, for want of memory, keeps what it came in', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const transport = kernel.connect()
  const receive = transport.receive.bind(transport)
  const none = () => {
    throw new RangeError('Array buffer allocation failed')
  }
  transport.receive = (receiver) =>
    receive({
      batch: (batch) => {
        if (batch.brief) Object.defineProperty(batch.bytes, 'slice', { value: none })
        receiver.batch(batch)
      },
      error: (error) => receiver.error(error),
    })
  const queue = await openQueue(transport, { number: 0 })
  onTestFinished(() => queue.close())
  const { late, handler } = lateEvery(1)
  queue.run(handler)
  const outcomes: Promise<unknown>[] = []
  for (let i = 0; i < 7; i++) {
    outcomes.push(kernel.deliver(udp(way, { payload: new Uint8Array(400) })))
    await turns()
  }
  expect(late.length).toBe(7)
  expect(transport.leased).toBe(7)
  for (const { view, copy, judge } of late) {
    expect(view).toEqual(copy)
    judge()
  }
  expect(await Promise.all(outcomes)).toEqual(outcomes.map(() => expect.objectContaining({ verdict: 'accept' })))
  expect(transport.leased).toBe(0)
})

test('a packet whose handler never ends is nobody’s any more once its deadline is over', async () => {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off', deadlineMilliseconds: 20 })
  onTestFinished(() => queue.close())
  const all: WeakRef<Packet>[] = []
  let unjudged = 0
  queue.on('unjudged', () => unjudged++)
  queue.run((packet) => {
    all.push(new WeakRef(packet))
    return new Promise(() => {})
  })
  await Promise.all(Array.from({ length: 40 }, () => kernel.deliver(datagram)))
  await turns()
  expect(unjudged).toBe(40)
  collect()
  expect(all.filter((packet) => packet.deref() !== undefined).length).toBeLessThan(2)
})
