import { messageFlags, setSequence } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { queueConfig } from '@nfkit/netlink-codec/nfqueue'
import type { Transport } from '@nfkit/netlink-transport'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../../../test/host.ts'
import { openQueue, type Packet, type Queue, type QueueEvents, type QueueOptions } from '../../src/index.ts'

/** A transport of which another one over the same socket can be made. */
export interface Heritable extends Transport {
  heir(): Heritable
}

/** A kernel whose queue 0 gets texts. */
export interface World extends AsyncDisposable {
  open(): Heritable
  /** Send these; resolves when the kernel has queued them. */
  send(...texts: string[]): Promise<void>
  /** Those that were accepted, in order. */
  readonly arrived: readonly string[]
  /** Whether the queue is bound. */
  isBound(): boolean
}

/** A request for a subsystem there is none of. */
function refused(sequence: number): Uint8Array {
  const bytes = encodeMessage({ type: 0x7f00, flags: messageFlags.request | messageFlags.ack }, queueConfig, {})
  setSequence(bytes, sequence)
  return bytes
}

const textOf = (packet: Packet) => new TextDecoder().decode(packet.ip?.udp?.payload)

/** A program that reads queue 0, and accepts what it does not hold. */
class Reader {
  readonly queue: Queue
  readonly seen: string[] = []
  readonly held: Packet[] = []
  readonly told: [keyof QueueEvents, unknown][] = []

  constructor(queue: Queue, holds: (text: string) => boolean = () => false) {
    this.queue = queue
    for (const event of ['unjudged', 'lateVerdict', 'verdictError', 'lost', 'trouble'] as const)
      queue.on(event, (what: unknown) => this.told.push([event, what]))
    queue.run((packet) => {
      const text = textOf(packet)
      this.seen.push(text)
      if (holds(text)) this.held.push(packet.hold())
      else packet.accept()
    })
  }
}

/** Hand-over of a queue between two programs: one process plays both. */
export function handoverSuite(name: string, makeWorld: () => Promise<World>): void {
  describe(`handing over a queue of ${name}`, () => {
    let world: World
    const readers: Reader[] = []
    const transports: Transport[] = []

    beforeEach(async () => {
      world = await makeWorld()
    })
    afterEach(async () => {
      for (const { queue } of readers.splice(0)) await queue.close()
      for (const transport of transports.splice(0)) transport.close()
      await world[Symbol.asyncDispose]()
    })

    /** What a supervisor has: a socket it does not read. */
    const supervised = () => {
      const transport = world.open()
      transports.push(transport)
      return transport
    }
    const read = async (
      transport: Transport,
      options: Partial<QueueOptions> = {},
      holds?: (text: string) => boolean,
    ) => {
      const queue = await openQueue(transport, { number: 0, conntrack: 'off', ...options })
      const reader = new Reader(queue, holds)
      readers.push(reader)
      return reader
    }
    const arrived = (...texts: string[]) => until(() => texts.every((text) => world.arrived.includes(text)), `${texts}`)

    test('the next goes on where the one before stopped, and nothing is lost or judged twice', async () => {
      const socket = supervised()
      let reader = await read(socket.heir())
      const sent: string[] = []
      for (let generation = 0; generation < 5; generation++) {
        const [read1, unread1, unread2] = [`${generation} read`, `${generation} waits`, `${generation} waits, too`]
        await world.send(read1)
        await arrived(read1)
        const handover = await reader.queue.handOver()
        expect(handover).toMatchObject({ version: 1, queue: 0, returned: 0 })
        await world.send(unread1, unread2)
        expect(world.arrived).not.toContain(unread1)
        const before = reader
        reader = await read(socket.heir(), { handover: JSON.parse(JSON.stringify(handover)) })
        await arrived(unread1, unread2)
        sent.push(read1, unread1, unread2)
        expect([before.seen.at(-1), reader.seen]).toEqual([read1, [unread1, unread2]])
      }
      expect(world.arrived).toEqual(sent)
      expect(readers.flatMap(({ told }) => told)).toEqual([])
      expect(readers.map(({ queue }) => queue.stats().lost)).toEqual(readers.map(() => 0))
    })

    test('what was read is waited for; what takes longer goes back, and comes to the next', async () => {
      const socket = supervised()
      const first = await read(socket.heir(), {}, (text) => text !== 'quick')
      await world.send('soon', 'never')
      await until(() => first.held.length === 2, 'both')
      setTimeout(() => first.held[0]!.accept(), 20)
      const handover = await first.queue.handOver({ milliseconds: 300 })
      expect(handover.returned).toBe(1)
      const { id } = first.held[1]!
      first.held[1]!.drop()
      expect(first.told).toEqual([
        ['unjudged', { packetId: id, reason: 'handover', verdict: 'repeat', error: undefined }],
        ['lateVerdict', { packetId: id, verdict: 'drop', reason: 'handover' }],
      ])
      expect(first.queue.stats()).toMatchObject({ verdicts: { accept: 1, repeat: 1 }, unjudged: { handover: 1 } })
      const second = await read(socket.heir(), { handover })
      await arrived('soon', 'never')
      expect(second.seen).toEqual(['never'])
    })

    test('after a crash what was read and not judged comes again, behind what was unread', async () => {
      const socket = supervised()
      const transport = socket.heir()
      const first = await read(transport, {}, (text) => text.startsWith('poison'))
      await world.send('fine', 'poison 1', 'poison 2')
      await until(() => first.held.length === 2, 'both')
      transport.close()
      await world.send('unread')
      const second = await read(socket.heir())
      await arrived('fine', 'poison 1', 'poison 2', 'unread')
      expect(second.seen).toEqual(['unread', 'poison 1', 'poison 2'])
      expect(second.told).toEqual([])
      expect(second.queue.stats()).toMatchObject({ lost: 0, pending: 0 })
    })

    test('after a crash, and when nothing else comes', async () => {
      const socket = supervised()
      const transport = socket.heir()
      const first = await read(transport, {}, () => true)
      await world.send('poison')
      await until(() => first.held.length === 1, 'it')
      transport.close()
      const second = await read(socket.heir())
      await arrived('poison')
      expect(second.seen).toEqual(['poison'])
    })

    test('orphans have the verdict that is said, unseen, and what was unread has not', async () => {
      const socket = supervised()
      const transport = socket.heir()
      const first = await read(transport, {}, () => true)
      await world.send('orphan')
      await until(() => first.held.length === 1, 'it')
      transport.close()
      await world.send('unread')
      const second = await read(socket.heir(), { orphans: 'drop' })
      await arrived('unread')
      await world.send('later')
      await arrived('later')
      expect(world.arrived).toEqual(['unread', 'later'])
      expect(second.seen).toEqual(['unread', 'later'])
    })

    test.each([
      ['of another queue', 1_000],
      ['far behind', -1_000],
      ['at the other end', 0x8000_0000],
    ])('what is said of an id that is %s has nothing judged unseen that was unread', async (_, off) => {
      const socket = supervised()
      const first = await read(socket.heir(), {}, (text) => text === 'held')
      await world.send('read', 'held')
      await until(() => first.held.length === 1, 'it')
      const { lastId = 0, ...handover } = await first.queue.handOver({ milliseconds: 1 })
      await world.send('unread', 'unread, too')
      const wrong = { ...handover, lastId: (lastId + off) >>> 0 }
      const second = await read(socket.heir(), { handover: wrong, orphans: 'drop' })
      await arrived('unread', 'unread, too')
      await world.send('later')
      await arrived('held', 'later')
      expect(second.seen.toSorted()).toEqual(['held', 'later', 'unread', 'unread, too'])
      expect(second.told.filter(([event]) => event !== 'lost')).toEqual([])
    })

    test('an answer to the program before is not taken for one of its own', async () => {
      const socket = supervised()
      // As a program that has died has left them: refusals of what it asked first.
      for (let sequence = 1; sequence < 10; sequence++) socket.send(refused(sequence))
      const reader = await read(socket.heir())
      await world.send('a')
      await arrived('a')
      expect(reader.told).toEqual([])
    })

    test('an inherited socket that has bound nothing binds; one of another program does not', async () => {
      const socket = supervised()
      await expect(openQueue(supervised().heir(), { number: 0, signal: AbortSignal.abort() })).rejects.toThrow()
      expect(world.isBound()).toBe(false)
      const first = await read(socket.heir())
      await world.send('a')
      await arrived('a')
      expect(first.seen).toEqual(['a'])
      await expect(openQueue(world.open(), { number: 0 })).rejects.toMatchObject({ reason: 'owned' })
      await expect(openQueue(supervised().heir(), { number: 0 })).rejects.toMatchObject({ reason: 'owned' })
    })

    test('without an inherited socket a queue that is bound is refused still', async () => {
      const transport = supervised()
      await read(transport)
      await expect(openQueue(transport, { number: 0 })).rejects.toMatchObject({ reason: 'bound' })
    })

    test('the settings are those of the next', async () => {
      const socket = supervised()
      const first = await read(socket.heir(), { copyMode: 'meta' })
      const handover = await first.queue.handOver()
      const second = await read(socket.heir(), { handover })
      await world.send('whole')
      await arrived('whole')
      expect(second.seen).toEqual(['whole'])
    })

    test('closing the last one unbinds it; handing over, and failing to open, does not', async () => {
      const socket = supervised()
      const first = await read(socket.heir())
      await first.queue.handOver()
      await first.queue.close()
      expect(() => first.queue.handOver()).toThrow('closed')
      expect(world.isBound()).toBe(true)
      const abort = new AbortController()
      const opening = openQueue(socket.heir(), { number: 0, signal: abort.signal })
      abort.abort(new Error('changed my mind'))
      await expect(opening).rejects.toThrow('changed my mind')
      expect(world.isBound()).toBe(true)
      await world.send('a')
      const second = await read(socket.heir())
      await arrived('a')
      await second.queue.close()
      expect(world.isBound()).toBe(false)
    })

    test('loops over packets end', async () => {
      const socket = supervised()
      const queue = await openQueue(socket.heir(), { number: 0, conntrack: 'off' })
      const seen: string[] = []
      const loop = (async () => {
        for await (const packet of queue) {
          seen.push(textOf(packet))
          packet.accept()
        }
      })()
      await world.send('a')
      await arrived('a')
      await queue.handOver()
      await loop
      await queue.closed
      expect(seen).toEqual(['a'])
    })
  })
}
