import { setTimeout as sleep } from 'node:timers/promises'
import { parseHex } from '@nfkit/inet'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../../test/host.ts'
import {
  type Handler,
  openQueue,
  type Packet,
  PacketStateError,
  type Queue,
  type QueueOptions,
  type Unjudged,
} from '../src/index.ts'

// An empty UDP datagram from 192.0.2.1 port 4000 to 198.51.100.2 port 53.
const bytes = parseHex('4500001c000040004011b1b2c0000201c63364020fa0003500080000')!

let kernel: SimulatedKernel
let unjudged: Unjudged[]
const queues: Queue[] = []

async function open(options: Partial<QueueOptions> = {}): Promise<Queue> {
  const queue = await openQueue(kernel.connect(), { number: 0, onUnjudged: 'accept', ...options })
  queue.on('unjudged', (what) => unjudged.push(what))
  queues.push(queue)
  return queue
}

beforeEach(() => {
  kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  unjudged = []
})
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.close()
  kernel.assertQuiet()
})

describe('exactly one verdict', () => {
  test('a second verdict throws and changes nothing', async () => {
    const queue = await open()
    let second: unknown
    queue.run((packet) => {
      packet.accept()
      try {
        packet.drop()
      } catch (error) {
        second = error
      }
    })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept' })
    expect(second).toBeInstanceOf(PacketStateError)
    expect(second).toMatchObject({ packetId: 1, state: 'judged' })
    expect(queue.stats()).toMatchObject({ verdicts: { accept: 1, drop: 0 }, verdictErrors: 0 })
  })

  test('a change that cannot be encoded throws, and the packet can still be judged', async () => {
    const queue = await open()
    queue.run((packet) => {
      expect(() => packet.accept({ mark: -1 })).toThrow('NFQA_MARK')
      expect(() => packet.accept({ mark: 2 ** 32 })).toThrow('NFQA_MARK')
      expect(() => packet.requeue(65_536)).toThrow('65536')
      packet.drop()
    })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'drop' })
    expect(unjudged).toEqual([])
  })

  test('a payload the kernel would drop is refused, and the packet can still be judged', async () => {
    const queue = await open()
    queue.run((packet) => {
      const short = bytes.subarray(0, 10)
      const wrongLength = new Uint8Array([...bytes, 0])
      expect(() => packet.accept({ payload: short })).toThrow(expect.objectContaining({ reason: 'tooShort' }))
      expect(() => packet.accept({ payload: wrongLength })).toThrow(expect.objectContaining({ reason: 'length' }))
      packet.accept({ payload: bytes })
    })
    expect((await kernel.deliver(bytes)).payload).toEqual(bytes)
    expect(unjudged).toEqual([])
  })

  test('reading after the verdict throws, a copy stays readable and takes no verdict', async () => {
    const queue = await open()
    const kept: Packet[] = []
    queue.run((packet) => {
      kept.push(packet, packet.copy())
      packet.accept()
    })
    await kernel.deliver(bytes, { mark: 5 })
    await sleep(1)
    expect(() => kept[0]?.mark).toThrow(PacketStateError)
    expect(kept[1]?.mark).toBe(5)
    expect(kept[1]?.payload?.subarray(0, 20)).toEqual(bytes.subarray(0, 20))
    expect(() => kept[1]?.accept()).toThrow('copy')
  })
})

describe('a verdict for every packet', () => {
  const failure = new Error('oh')
  const handlers: readonly [Unjudged['reason'], unknown, Handler][] = [
    [
      'threw',
      failure,
      () => {
        throw failure
      },
    ],
    ['rejected', failure, () => Promise.reject(failure)],
    ['forgotten', undefined, () => {}],
    ['forgotten', undefined, async () => {}],
    ['deadline', undefined, () => new Promise(() => {})],
    ['deadline', undefined, (packet) => packet.hold()],
  ]
  test.each(handlers)('the handler %s: onUnjudged applies and an event says why', async (reason, error, handler) => {
    const queue = await open({ deadlineMilliseconds: 20 })
    queue.run(handler)
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept' })
    expect(unjudged).toEqual([{ packetId: 1, reason, verdict: 'accept', error }])
    expect(queue.stats()).toMatchObject({ pending: 0, unjudged: { [reason]: 1 } })
  })

  test('onUnjudged drops by default, and may requeue', async () => {
    const queue = await openQueue(kernel.connect(), { number: 0 })
    queues.push(queue)
    queue.run(() => {})
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'drop' })
    const other = await open({ number: 7, onUnjudged: { queue: 0 } })
    other.run(() => {})
    const outcome = await kernel.deliver(bytes, { queue: 7 })
    expect(outcome).toMatchObject({ verdict: 'drop', requeues: 1 })
  })

  test('nobody takes the packets: the deadline does', async () => {
    await open({ deadlineMilliseconds: 20 })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept' })
    expect(unjudged).toMatchObject([{ reason: 'deadline' }])
  })

  test('closing judges what waits: held, in a handler, and in the backlog', async () => {
    const queue = await open()
    queue.run((packet) => (packet.id === 1 ? packet.hold() : new Promise(() => {})), { concurrency: 1 })
    const outcomes = [kernel.deliver(bytes), kernel.deliver(bytes), kernel.deliver(bytes)]
    await until(() => queue.stats().received === 3, 'three packets')
    await queue.close()
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ verdict: 'accept' })
    expect(unjudged.map(({ packetId, reason }) => [packetId, reason])).toEqual([
      [1, 'closing'],
      [2, 'closing'],
      [3, 'closing'],
    ])
    await queue.close()
  })

  test('await using closes, and the number is free again', async () => {
    {
      await using queue = await open()
      queue.run((packet) => packet.accept())
    }
    const again = await open()
    again.run((packet) => packet.accept())
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept', queues: [{ queue: 0, id: 1 }] })
  })

  test('a listener that throws costs no packet its verdict', async () => {
    const queue = await open()
    const thrown: unknown[] = []
    const catcher = (error: unknown) => thrown.push(error)
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', catcher)
    queue.on('unjudged', () => {
      throw failure
    })
    queue.run(() => {})
    const outcomes = await Promise.all([kernel.deliver(bytes), kernel.deliver(bytes)])
    await sleep(1)
    process.off('uncaughtException', catcher)
    for (const other of others) process.on('uncaughtException', other)
    expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['accept', 'accept'])
    expect(thrown).toEqual([failure, failure])
  })
})

describe('consumption', () => {
  test('for await: one at a time, in order; what is left without verdict is forgotten', async () => {
    const queue = await open()
    const outcomes = Promise.all([1, 2, 3, 4].map((mark) => kernel.deliver(bytes, { mark })))
    const marks: number[] = []
    for await (const packet of queue) {
      marks.push(packet.mark)
      if (packet.mark === 2) continue
      if (packet.mark === 4) break
      packet.drop()
    }
    expect((await outcomes).map((outcome) => outcome.verdict)).toEqual(['drop', 'accept', 'drop', 'accept'])
    expect(marks).toEqual([1, 2, 3, 4])
    expect(unjudged.map(({ packetId, reason }) => [packetId, reason])).toEqual([
      [2, 'forgotten'],
      [4, 'forgotten'],
    ])
  })

  test('for await ends when the queue is closed', async () => {
    const queue = await open()
    setTimeout(() => queue.close(), 5)
    for await (const packet of queue) packet.accept()
    await queue.closed
  })

  test('calls of next are answered in their order, and return ends those that wait', async () => {
    const queue = await open()
    const packets = queue[Symbol.asyncIterator]()
    const asked = [packets.next(), packets.next(), packets.next()]
    const outcomes = Promise.all([1, 2].map((mark) => kernel.deliver(bytes, { mark })))
    const [first, second] = await Promise.all(asked.slice(0, 2))
    expect([first?.value?.id, second?.value?.id]).toEqual([1, 2])
    await packets.return?.()
    expect(await asked[2]).toEqual({ done: true, value: undefined })
    await outcomes
    expect(unjudged.map(({ packetId, reason }) => [packetId, reason])).toEqual([
      [1, 'forgotten'],
      [2, 'forgotten'],
    ])
    expect(await packets.next()).toEqual({ done: true, value: undefined })
  })

  test('whoever leaves a loop leaves the packets to the next one', async () => {
    const queue = await open()
    const outcome = kernel.deliver(bytes)
    for await (const packet of queue) {
      await expect(queue[Symbol.asyncIterator]().next()).rejects.toThrow('are taken already')
      packet.drop()
      break
    }
    expect((await outcome).verdict).toBe('drop')
    queue.run((packet) => packet.accept())
    expect((await kernel.deliver(bytes)).verdict).toBe('accept')
  })

  test('batches hand over what there is', async () => {
    const queue = await open()
    const outcomes = Promise.all(Array.from({ length: 100 }, () => kernel.deliver(bytes)))
    const sizes: number[] = []
    for await (const batch of queue.batches(40)) {
      sizes.push(batch.length)
      for (const packet of batch) packet.accept()
      if (queue.stats().verdicts.accept === 100) break
    }
    expect(sizes.reduce((a, b) => a + b)).toBe(100)
    expect(Math.max(...sizes)).toBe(40)
    await outcomes
  })

  test('an async handler runs at most as often at once as asked', async () => {
    const queue = await open()
    let running = 0
    let most = 0
    queue.run(
      async (packet) => {
        most = Math.max(most, ++running)
        await sleep(1)
        running--
        packet.accept()
      },
      { concurrency: 3 },
    )
    await Promise.all(Array.from({ length: 200 }, () => kernel.deliver(bytes)))
    expect(most).toBe(3)
  })

  test('handlers that never end do not use up the concurrency', async () => {
    const queue = await open({ deadlineMilliseconds: 20 })
    queue.run((packet) => (packet.mark === 1 ? new Promise(() => {}) : packet.drop()), { concurrency: 2 })
    await Promise.all([1, 1, 1, 1].map((mark) => kernel.deliver(bytes, { mark })))
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'drop' })
    expect(queue.stats().unjudged.deadline).toBe(4)
  })

  test('a paused queue hands out nothing, a resumed one everything', async () => {
    const queue = await open()
    let seen = 0
    queue.run((packet) => {
      seen++
      packet.accept()
    })
    queue.pause()
    const outcomes = Promise.all(Array.from({ length: 300 }, () => kernel.deliver(bytes)))
    await sleep(10)
    expect(seen).toBe(0)
    queue.resume()
    await outcomes
    expect(seen).toBe(300)
  })

  test('an aborted signal closes', async () => {
    const controller = new AbortController()
    const queue = await open({ signal: controller.signal })
    const over = queue.run((packet) => packet.accept())
    controller.abort()
    await over
    await expect(open({ signal: controller.signal, number: 3 })).rejects.toThrow()
  })

  test('a queue has one consumer', async () => {
    const queue = await open()
    queue.run((packet) => packet.accept())
    expect(() => queue.run(() => {})).toThrow('taken')
  })

  test('one verdict for all up to a packet', async () => {
    const queue = await open()
    const held: Packet[] = []
    queue.run((packet) => held.push(packet.hold()))
    const outcomes = Array.from({ length: 5 }, () => kernel.deliver(bytes))
    await until(() => held.length === 5, 'five packets')
    held[1]?.drop()
    expect(queue.judgeThrough(held[3]!, 'accept', { mark: 9 })).toBe(3)
    held[4]?.drop()
    const results = await Promise.all(outcomes)
    expect(results.map(({ verdict, mark }) => [verdict, mark])).toEqual([
      ['accept', 9],
      ['drop', 0],
      ['accept', 9],
      ['accept', 9],
      ['drop', 0],
    ])
    expect(queue.stats()).toMatchObject({ verdictErrors: 0, pending: 0 })
  })
})

describe('views of the payload', () => {
  test.each(['payload', 'ip'] as const)(
    'there is one, whether its headers are read before it or after: %s first',
    async (first) => {
      const queue = await open()
      const seen: unknown[] = []
      queue.run((packet) => {
        expect(packet[first]).toBeDefined()
        const { ip, payload } = packet
        seen.push(ip === packet.ip, payload === packet.payload, payload === ip?.bytes, payload === ip?.udp?.bytes)
        seen.push(payload?.length, ip?.start, ip?.payloadStart, ip?.end, ip?.udp?.destinationPort)
        packet.accept()
      })
      await kernel.deliver(bytes)
      expect(seen).toEqual([true, true, true, true, 28, 0, 20, 28, 53])
    },
  )

  test('there is one more for a handler that has waited, of the same bytes', async () => {
    const queue = await open()
    const seen: unknown[] = []
    queue.run(async (packet) => {
      const { ip, payload } = packet
      await undefined
      seen.push(payload === packet.payload, ip === packet.ip)
      const again = packet.payload
      seen.push(again === packet.payload, again === packet.ip?.bytes)
      seen.push(packet.payload?.buffer === payload?.buffer, packet.payload?.byteOffset === payload?.byteOffset)
      seen.push(packet.ip?.udp?.destinationPort)
      return 'accept'
    })
    await kernel.deliver(bytes)
    expect(seen).toEqual([false, false, true, true, true, true, 53])
  })
})
