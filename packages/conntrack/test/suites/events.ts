import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type ConntrackEvent,
  type ConntrackTable,
  type FlowChange,
  flowKey,
  openConntrack,
  type Watch,
} from '../../src/index.ts'
import { tcp, udp6 } from './tuples.ts'
import type { World } from './world.ts'

/** Items of an endless stream up to and including the first that satisfies `last`. */
async function until<T>(stream: AsyncIterable<T>, last: (item: T) => boolean): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) {
    items.push(item)
    if (last(item)) break
  }
  return items
}

const brief = (event: ConntrackEvent): string =>
  event.kind === 'gap' || 'expectation' in event ? event.kind : `${event.kind} ${event.flow.original.sourcePort}`
const briefChange = (change: FlowChange): string =>
  'flow' in change ? `${change.kind} ${change.flow.original.sourcePort} ${change.cause}` : change.kind

/** What holds of events and the live view on every kernel, the simulated one included. */
export function events(world: World): void {
  describe('events', () => {
    let ct: ConntrackTable
    beforeEach(async () => {
      ct = await openConntrack(world.connect())
      await ct.flush()
    })
    afterEach(() => ct.close())

    const make = (port: number, more = {}) => ct.create({ original: tcp(port), timeoutSeconds: 600, ...more })

    test('closing the table ends its events and watches, after what waits', async () => {
      const watch = ct.watch()
      const events = until(ct.events(), () => false)
      const changes = until(watch, () => false)
      await make(1)
      await vi.waitFor(() => expect(watch.size).toBe(1))
      ct.close()
      expect((await events).map(brief)).toEqual(['new 1'])
      expect((await changes).map(briefChange)).toContainEqual(expect.stringMatching(/^added 1 /))
      expect(() => ct.events()).toThrow(expect.objectContaining({ syscall: 'socket', code: 'EBADF' }))
    })

    describe('events', () => {
      test('tell what happens, in order, and who did it', async () => {
        const events = ct.events()
        await make(1, { mark: 7 })
        await ct.update(tcp(1), { mark: 9 })
        await ct.delete(tcp(1))
        const seen = await until(events, ({ kind }) => kind === 'destroy')
        expect(seen.map(brief)).toEqual(['new 1', 'update 1', 'destroy 1'])
        const [made, updated, destroyed] = seen
        if (made?.kind !== 'new' || updated?.kind !== 'update' || destroyed?.kind !== 'destroy')
          throw new Error('kinds')
        expect(made.flow.mark).toBe(7)
        expect(updated.flow.mark).toBe(9)
        expect(destroyed.flow.statusNames).toContain('dying')
        expect(new Set(seen.map((event) => 'portId' in event && event.portId)).size).toBe(1)
        expect(made.portId).not.toBe(0)
        expect(flowKey(updated.flow)).toBe(flowKey(made.flow))
      })

      test('come in the kinds that were asked for', async () => {
        const events = ct.events({ kinds: ['destroy'] })
        await make(1)
        await make(2)
        await ct.delete(tcp(1))
        await ct.delete(tcp(2))
        const seen = await until(events, (event) => brief(event) === 'destroy 2')
        expect(seen.map(brief)).toEqual(['destroy 1', 'destroy 2'])
      })

      const filters: [string, Parameters<ConntrackTable['events']>[0] & object, string[]][] = [
        ['protocol', { filter: { protocol: 'udp' } }, ['new 11', 'new 12']],
        ['family', { filter: { family: 'ipv4' } }, ['new 1', 'new 2']],
        ['mark', { filter: { mark: { value: 2, mask: 2 } } }, ['new 2', 'new 12']],
        ['the absence of a mark', { filter: { mark: 0 } }, []],
        ['network', { filter: { source: 'fd00::/64' } }, ['new 11', 'new 12']],
        ['another network', { filter: { source: 'fd00:0:0:1::/64' } }, []],
        ['address', { filter: { destination: '10.0.0.2' } }, ['new 1', 'new 2']],
        ['port', { filter: { sourcePort: 11 } }, ['new 11']],
        ['zone', { filter: { zone: 0 } }, ['new 1', 'new 2', 'new 11', 'new 12']],
        ['status', { filter: { status: ['assured'] } }, ['new 2']],
        ['what is not', { filter: { not: { protocol: 'udp' } } }, ['new 1', 'new 2']],
      ]
      test.each(filters)('by %s', async (_what, options, expected) => {
        const events = ct.events(options)
        await make(1, { mark: 1 })
        await make(2, { mark: 2, status: ['assured'] })
        await ct.create({ original: udp6(11), timeoutSeconds: 600, mark: 1 })
        await ct.create({ original: udp6(12), timeoutSeconds: 600, mark: 2 })
        // A second listener without a filter tells when the first must have heard everything.
        await new Promise((resolve) => setTimeout(resolve, 20))
        events.close()
        expect((await until(events, () => false)).map(brief)).toEqual(expected)
      })

      test('end when the stream is closed, and when its signal aborts', async () => {
        const events = ct.events()
        await make(1)
        setTimeout(() => events.close(), 20)
        expect((await until(events, () => false)).map(brief)).toEqual(['new 1'])
        const controller = new AbortController()
        const aborted = ct.events({ signal: controller.signal })
        setTimeout(() => controller.abort(new Error('enough')), 5)
        await expect(until(aborted, () => false)).rejects.toThrow('enough')
      })

      test('end with what the user’s own condition throws, after what it let pass', async () => {
        const where = ({ mark }: Flow) => {
          if (mark === 13) throw new Error('unlucky')
          return true
        }
        const events = ct.events({ filter: { where } })
        await make(1, { mark: 1 })
        await make(2, { mark: 13 })
        await make(3, { mark: 1 })
        await expect(until(events, () => false)).rejects.toThrow('unlucky')
      })

      test('have a gap where they overran the buffer, and go on after it', async () => {
        const events = ct.events({ receiveBuffer: 4096 })
        // All in one turn of the event loop: nothing is read meanwhile.
        await Promise.all(Array.from({ length: 64 }, (_, i) => make(i + 1)))
        await new Promise((resolve) => setTimeout(resolve, 20))
        await make(1000)
        const seen = await until(events, (event) => brief(event) === 'new 1000')
        expect(seen.map(({ kind }) => kind)).toContain('gap')
        expect(seen.length).toBeLessThan(66)
      })
    })

    describe('watch', () => {
      // Entries made while nobody listens have no events, ever (net.netfilter.nf_conntrack_events = 2).
      let listener: { close(): void }
      beforeEach(() => {
        listener = ct.events()
      })
      afterEach(() => listener.close())

      const view = (watch: Watch) => [...watch.flows()].map((flow) => flow.original.sourcePort).sort()
      const synced = (change: FlowChange) => change.kind === 'synced'

      test('shows what is there, then each change once', async () => {
        await make(1)
        await make(2)
        await using watch = ct.watch()
        const changes = watch[Symbol.asyncIterator]()
        const next = async () => briefChange((await changes.next()).value as FlowChange)
        expect([await next(), await next()].sort()).toEqual(['added 1 snapshot', 'added 2 snapshot'])
        expect(await next()).toBe('synced')
        await make(3)
        await ct.update(tcp(1), { mark: 5 })
        await ct.delete(tcp(2))
        expect([await next(), await next(), await next()]).toEqual([
          'added 3 event',
          'changed 1 event',
          'removed 2 event',
        ])
        expect(view(watch)).toEqual([1, 3])
        expect([...watch.flows()].find((flow) => flow.original.sourcePort === 1)?.mark).toBe(5)
      })

      test('tells when each change happened, and by whose clock', async () => {
        await make(1)
        await using watch = ct.watch()
        const changes = watch[Symbol.asyncIterator]()
        const next = async () => (await changes.next()).value as FlowChange
        const snapshot = await next()
        await next()
        await make(2)
        await ct.update(tcp(2), { mark: 5 })
        await ct.delete(tcp(2))
        const told = [await next(), await next(), await next()]
        let last = 0n
        for (const change of [snapshot, ...told]) {
          if (!('time' in change)) throw new Error(change.kind)
          const { time } = change
          // Not before the suite was written, and in the order of what happened by either clock.
          expect(time.timestampNs).toBeGreaterThan(1_700_000_000_000_000_000n)
          if (time.clock === 'kernel') expect(time.timestampNs).toBeGreaterThanOrEqual(last)
          if (time.clock === 'kernel') last = time.timestampNs
          expect(JSON.parse(JSON.stringify(change)).time).toEqual({ at: `${time}`, clock: time.clock })
        }
        expect(snapshot).toMatchObject({ kind: 'added', time: { clock: 'reader' } })
        // The world has times of connections on.
        expect(told[2]).toMatchObject({ kind: 'removed', time: { clock: 'kernel' } })
      })

      test('keeps what an event leaves out', async () => {
        await make(1, { mark: 5, tcp: { state: 'established' } })
        await using watch = ct.watch()
        const changes = watch[Symbol.asyncIterator]()
        for (let change = (await changes.next()).value; change && !synced(change); )
          change = (await changes.next()).value
        await ct.update(tcp(1), { status: ['assured'] })
        const { value } = await changes.next()
        if (value?.kind !== 'changed') throw new Error(`${value?.kind}`)
        expect(value.flow.tcpState).toBe(3)
        expect(value.flow.mark).toBe(5)
        expect(value.flow.statusNames).toContain('assured')
        expect(value.before.statusNames).not.toContain('assured')
      })

      test('finds by a resync what no event told', async () => {
        listener.close()
        await make(1)
        await make(2)
        await using watch = ct.watch({}, { resyncSeconds: 0 })
        const changes = watch[Symbol.asyncIterator]()
        const next = async () => briefChange((await changes.next()).value as FlowChange)
        await Promise.all([next(), next(), next()])
        await ct.delete(tcp(1))
        watch.resync()
        expect([await next(), await next()]).toEqual([expect.stringMatching(/^removed 1/), 'synced'])
        expect(view(watch)).toEqual([2])
      })

      test('follows entries in and out of a filter', async () => {
        await make(1, { mark: 1 })
        await make(2, { mark: 2 })
        await using watch = ct.watch({ mark: 1 })
        const changes = watch[Symbol.asyncIterator]()
        const next = async () => briefChange((await changes.next()).value as FlowChange)
        expect([await next(), await next()]).toEqual(['added 1 snapshot', 'synced'])
        await ct.update(tcp(2), { mark: 1 })
        await ct.update(tcp(1), { mark: 3 })
        expect([await next(), await next()]).toEqual(['added 2 event', 'removed 1 event'])
      })

      test('ends with what the user’s own condition throws', async () => {
        await make(1, { mark: 1 })
        const where = ({ mark }: Flow) => {
          if (mark === 13) throw new Error('unlucky')
          return true
        }
        const watch = ct.watch({ where })
        const seen: string[] = []
        const ended = (async () => {
          for await (const change of watch) {
            seen.push(briefChange(change))
            if (synced(change)) await make(2, { mark: 13 })
          }
        })()
        await expect(ended).rejects.toThrow('unlucky')
        expect(seen).toEqual(['added 1 snapshot', 'synced'])
      })

      test.each([Number.POSITIVE_INFINITY, 1e9, 2_147_484, 0])(
        'dumps once with resyncSeconds %d',
        async (resyncSeconds) => {
          await make(1)
          await using watch = ct.watch({}, { resyncSeconds })
          const changes = until(watch, (change) => briefChange(change) === 'added 2 event')
          await vi.waitFor(() => expect(watch.size).toBe(1))
          await new Promise((resolve) => setTimeout(resolve, 30))
          await make(2)
          expect((await changes).map(briefChange)).toEqual(['added 1 snapshot', 'synced', 'added 2 event'])
        },
      )

      test('is synced however often it is due: a dump that runs is not begun again', async () => {
        await Promise.all(Array.from({ length: 500 }, (_, i) => make(i + 1)))
        await using watch = ct.watch({}, { resyncSeconds: 0.001 })
        let times = 0
        for await (const change of watch) if (synced(change) && ++times === 3) break
      })

      test('is compared once more for any number of calls while a dump runs', async () => {
        await make(1)
        await using watch = ct.watch({}, { resyncSeconds: 0 })
        watch.resync()
        watch.resync()
        const seen: string[] = []
        let made: Promise<unknown> | undefined
        for await (const change of watch) {
          seen.push(briefChange(change))
          if (seen.length === 3) made = new Promise((resolve) => setTimeout(resolve, 30)).then(() => make(2))
          if (briefChange(change) === 'added 2 event') break
        }
        await made
        expect(seen).toEqual(['added 1 snapshot', 'synced', 'synced', 'added 2 event'])
      })

      test('repairs an overrun: every difference once, and the view is the table', async () => {
        for (let port = 1; port <= 20; port++) await make(port)
        await using watch = ct.watch({}, { receiveBuffer: 4096, resyncSeconds: 0 })
        const seen = new Map<string, string>()
        const follow = (change: FlowChange) => {
          if (!('flow' in change)) return
          const key = flowKey(change.flow)
          // Added only when unknown, changed and removed only when known: each difference is told once.
          expect(change.kind === 'added').toBe(!seen.has(key))
          if (change.kind === 'removed') seen.delete(key)
          else seen.set(key, `${change.flow.original.sourcePort} ${change.flow.mark ?? 0}`)
        }
        const changes = watch[Symbol.asyncIterator]()
        const sync = async () => {
          for (;;) {
            const { value } = await changes.next()
            if (value === undefined) throw new Error('ended')
            follow(value)
            if (synced(value)) return
          }
        }
        await sync()
        expect(seen.size).toBe(20)
        await Promise.all([
          ...Array.from({ length: 100 }, (_, i) => make(100 + i)),
          ...Array.from({ length: 10 }, (_, i) => ct.delete(tcp(i + 1))),
          ...Array.from({ length: 10 }, (_, i) => ct.update(tcp(i + 11), { mark: 77 })),
        ])
        await sync()
        // One more after everything has settled must find nothing that differs.
        watch.resync()
        await sync()
        const table = await ct.dump().toArray()
        expect([...seen.values()].sort()).toEqual(
          table.map((flow) => `${flow.original.sourcePort} ${flow.mark}`).sort(),
        )
        expect([...watch.flows()].map(flowKey).sort()).toEqual(table.map(flowKey).sort())
      })
    })
  })
}
