import { group } from '@nfkit/netlink-codec/nfnetlink'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ConntrackTable, openConntrack, type ZonedTuple } from '../../src/index.ts'
import { tcp } from './tuples.ts'
import type { World } from './world.ts'

/** The connection of a packet of `world.send`. */
const sent = (sourcePort: number): ZonedTuple => ({
  protocol: 'udp',
  source: { address: '127.0.0.1', port: sourcePort },
  destination: { address: '127.0.0.1', port: 9 },
})
const answer = ({ source, destination, ...rest }: ZonedTuple) => ({
  ...rest,
  source: destination,
  destination: source,
})

/** What holds of connections that packets made, and of entries on their way out, on every kernel. */
export function traffic(world: World): void {
  describe('traffic', () => {
    let ct: ConntrackTable
    beforeEach(async () => {
      ct = await openConntrack(world.connect())
      await ct.flush()
      world.label()
    })
    afterEach(() => {
      world.clear()
      ct.close()
    })

    test('packets and bytes are counted, and the beginning is known', async ({ skip }) => {
      if (world.uncounted) skip(world.uncounted)
      await world.send(3000)
      await world.send(3000)
      const flow = (await ct.get(sent(3000)))!
      expect(flow.originalCounters).toEqual({ packets: 2n, bytes: 66n })
      expect(flow.replyCounters).toEqual({ packets: 0n, bytes: 0n })
      expect(flow.startNs).toBeGreaterThan(1_700_000_000_000_000_000n)
    })

    test('a connection is found by a packet of its, and marked through it', async () => {
      const lookup = ct.lookup()
      expect(await lookup.get(sent(3001))).toBeUndefined()
      expect(await lookup.setMark(sent(3001), 7)).toBe(false)
      await world.send(3001)
      expect((await lookup.get(sent(3001)))?.mark).toBe(0)
      expect(await lookup.setMark(answer(sent(3001)), 7)).toBe(true)
      expect((await lookup.get(answer(sent(3001))))?.mark).toBe(7)
      expect((await ct.get(sent(3001)))?.mark).toBe(7)
    })

    test('what the kernel ignores of a change is told', async () => {
      await world.send(3010)
      const adjustment = { position: 1, before: 2, after: 3 }
      for (const changes of [
        { originalSequenceAdjustment: adjustment },
        { replySequenceAdjustment: adjustment },
        { synproxy: { isn: 1, its: 2, tsoff: 3 } },
      ])
        await expect(ct.update(sent(3010), changes)).rejects.toMatchObject({
          name: 'IgnoredChangeError',
          change: Object.keys(changes)[0],
        })
      // An entry of ours has room for them.
      await ct.create({ original: tcp(3011), timeoutSeconds: 60 })
      await ct.update(tcp(3011), { originalSequenceAdjustment: adjustment, synproxy: { isn: 1, its: 2, tsoff: 3 } })
      expect(await ct.get(tcp(3011))).toMatchObject({ originalSequenceAdjustment: adjustment, synproxy: { isn: 1 } })
    })

    test('labels are set, and cleared, where a rule uses them', async () => {
      await world.send(3002)
      await ct.update(sent(3002), { labels: [1, 5, 127] })
      expect((await ct.get(sent(3002)))?.labels).toEqual([1, 5, 127])
      await ct.update(sent(3002), { labels: { set: [2], clear: [5] } })
      expect((await ct.get(sent(3002)))?.labels).toEqual([1, 2, 127])
      expect(await ct.dump({ label: 127 }).toArray()).toHaveLength(1)
      expect(await ct.dump({ label: [1, 127] }).toArray()).toHaveLength(1)
      expect(await ct.dump({ label: [1, 5] }).toArray()).toEqual([])
      expect(await ct.dump({ label: 5 }).toArray()).toHaveLength(0)
      await ct.create({ original: tcp(1), timeoutSeconds: 60, labels: [3] })
      expect((await ct.get(tcp(1)))?.labels).toEqual([3])
      await expect(ct.update(sent(3002), { labels: [128] })).rejects.toMatchObject({
        name: 'EncodeError',
        where: 'CTA_LABELS',
      })
    })

    test('events of packets have no port id, those of requests have ours', async () => {
      const events = ct.events()
      await world.send(3003)
      await ct.delete(sent(3003))
      const seen: [string, boolean][] = []
      for await (const event of events) {
        if ('flow' in event) seen.push([event.kind, event.portId === 0])
        if (event.kind === 'destroy') break
      }
      expect(seen).toEqual([
        ['new', true],
        ['destroy', false],
      ])
    })

    test('a live view knows of entries outside its filter what events leave out', async () => {
      await using _listener = ct.events()
      await world.send(3004)
      await world.send(3005)
      await ct.update(sent(3004), { labels: [5] })
      await using watch = ct.watch({ label: 5, mark: 1 }, { resyncSeconds: 0 })
      const changes = watch[Symbol.asyncIterator]()
      const next = async () => {
        const { value } = await changes.next()
        return value && 'flow' in value ? `${value.kind} ${value.flow.original.sourcePort}` : value?.kind
      }
      expect(await next()).toBe('synced')
      // Rules change the mark: events of that have no labels.
      for (const port of [3005, 3004]) {
        world.mark(port, 1)
        await world.send(port)
      }
      expect(await next()).toBe('added 3004')
      await ct.update(sent(3004), { mark: 3 })
      expect(await next()).toBe('removed 3004')
      await world.send(3004)
      expect(await next()).toBe('added 3004')
      await ct.update(sent(3005), { labels: [5] })
      expect(await next()).toBe('added 3005')
      await ct.delete(sent(3004))
      expect(await next()).toBe('removed 3004')
      watch.resync()
      expect(await next()).toBe('synced')
      expect([...watch.flows()].map((flow) => flow.original.sourcePort)).toEqual([3005])
    })

    describe('destroy events that must not get lost', () => {
      const count = 40
      const ports = Array.from({ length: count }, (_, i) => i + 1)

      test('are repeated until they are delivered', async () => {
        const events = ct.events({ kinds: ['destroy'], reliable: true, receiveBuffer: 4096 })
        for (const port of ports) await ct.create({ original: tcp(port), timeoutSeconds: 60 })
        const seen = new Set<number | undefined>()
        const all = (async () => {
          for await (const event of events) {
            if (event.kind === 'destroy') seen.add(event.flow.original.sourcePort)
            if (seen.size === count) break
          }
        })()
        await ct.flush()
        for (let turn = 0; turn < 500 && seen.size < count; turn++) await world.pass()
        await all
        expect([...seen].sort((a, b) => a! - b!)).toEqual(ports)
        expect(events.lost).toBeGreaterThan(0)
      })

      test('keep their entries on the list of the dying, which is read and filtered as the table is', async () => {
        // A listener that reads nothing.
        const deaf = world.connect()
        deaf.set('broadcastError', true)
        deaf.resize({ receive: 4096 })
        deaf.join(group.conntrackDestroy)
        try {
          for (const port of ports) await ct.create({ original: tcp(port), timeoutSeconds: 60, mark: port & 1 })
          await ct.flush()
          expect(await ct.dump().toArray()).toEqual([])
          const dying = await ct.dump({}, { list: 'dying' }).toArray()
          expect(dying.length).toBeGreaterThan(0)
          expect(dying.length).toBeLessThan(count)
          for (const flow of dying) expect(flow.statusNames).toContain('dying')
          const odd = await ct.dump({ mark: 1 }, { list: 'dying' }).toArray()
          expect(odd.map((flow) => flow.original.sourcePort)).toEqual(
            dying.filter((flow) => flow.mark === 1).map((flow) => flow.original.sourcePort),
          )
          expect(await ct.dump({ family: 'ipv6' }, { list: 'dying' }).toArray()).toEqual([])
          // They count as entries, and are nowhere to be found.
          expect(await ct.count()).toBe(dying.length)
          expect(await ct.get(dying[0]!)).toBeUndefined()
        } finally {
          deaf.close()
        }
        for (let turn = 0; turn < 500 && (await ct.count()) > 0; turn++) await world.pass()
        expect(await ct.count()).toBe(0)
      })
    })
  })
}
