import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ConntrackTable, ZonedTuple } from '../../src/index.ts'
import { emptyTable } from './empty-table.ts'
import { tcp, udp6 } from './tuples.ts'
import { helpersOf, noHelpers } from './user-helpers.ts'
import type { World } from './world.ts'

const end = (address: string, port?: number) => ({ address, port })
/** A connection that expects others. */
const tftp: ZonedTuple = { protocol: 'udp', source: end('10.0.0.1', 4000), destination: end('10.0.0.2', 69) }
const ftp: ZonedTuple = { protocol: 'tcp', source: end('10.0.0.1', 4001), destination: end('10.0.0.2', 21) }
const expected = (protocol: 'tcp' | 'udp', port: number): ZonedTuple => ({
  protocol,
  source: end('10.0.0.2', 0),
  destination: end('10.0.0.1', port),
})
const reversed = ({ source, destination, ...rest }: ZonedTuple): ZonedTuple => ({
  ...rest,
  source: destination,
  destination: source,
})
/** The entry that packets of `world.send` make. */
const sent = (sourcePort: number): ZonedTuple => ({
  protocol: 'udp',
  source: end('127.0.0.1', sourcePort),
  destination: end('127.0.0.1', 9),
})

/** That a call touches exactly what it names, on every kernel, the simulated one included. */
export function destruction(world: World): void {
  describe('destruction', () => {
    let ct: ConntrackTable
    let cthelper: boolean

    emptyTable(world, (opened) => {
      ct = opened
    })
    beforeEach(async () => {
      const helpers = await helpersOf(ct)
      cthelper = helpers !== undefined
      for (const helper of helpers ?? []) await ct.helpers.delete(helper)
    })

    /** Everything there is, one line each; times left out, they pass. */
    async function census(): Promise<string[]> {
      const all: string[] = []
      for await (const flow of ct.dump())
        all.push(`${`${flow}`.replace(/ \d+ (?=[A-Z]|src)/, ' ').replace(/ delta-time=\d+/, '')} id=${flow.id}`)
      for await (const { tuple, helper, id } of ct.expectations.dump())
        all.push(`expectation ${tuple.protocol} ${tuple.destinationPort} ${helper} ${id}`)
      for (const { use, ...policy } of await ct.timeouts.list()) all.push(`policy ${JSON.stringify(policy)}`)
      if (cthelper) for (const helper of await ct.helpers.list()) all.push(`helper ${JSON.stringify(helper)}`)
      return all.sort()
    }

    /** What a call removed; whatever else it did would make this fail. */
    async function removedBy(call: () => Promise<unknown>): Promise<string[]> {
      const before = await census()
      await call()
      const after = await census()
      const unchanged = before.filter((line) => after.includes(line))
      expect(after).toEqual(unchanged)
      return before.filter((line) => !after.includes(line))
    }

    const seconds = { established: 77 }
    async function populate(): Promise<void> {
      const entry = { timeoutSeconds: 600 }
      for (const port of [1, 2, 3]) {
        await ct.create({ ...entry, original: tcp(port), mark: port })
        await ct.create({ ...entry, original: tcp(port, { zone: 9 }), mark: port })
        await ct.create({ ...entry, original: udp6(port), mark: port, status: ['assured'] })
      }
      await ct.create({ ...entry, original: tftp, helper: 'tftp', mark: 50 })
      await ct.create({ ...entry, original: ftp, helper: 'ftp', mark: 51 })
      await ct.expectations.create({ tuple: expected('udp', 5000), master: tftp })
      await ct.expectations.create({ tuple: expected('tcp', 5001), master: ftp })
      for (const name of ['short', 'shorter'])
        await ct.timeouts.create({ name, family: 'ipv4', protocol: 'tcp', seconds })
      if (!cthelper) return
      const helper = { queue: 1, classes: [{ name: 'one', expectMax: 1, timeoutSeconds: 60 }], privateDataLength: 0 }
      for (const [name, protocol] of [
        ['near', 'udp'],
        ['near', 'tcp'],
        ['far', 'udp'],
      ] as const)
        await ct.helpers.create({ ...helper, name, family: 'ipv4', protocol })
    }

    const flowOf = async (tuple: ZonedTuple): Promise<Flow> => (await ct.get(tuple))!
    const isFlow = (line: string) => line.includes('src=')
    const calls: [what: string, call: () => Promise<unknown>, removed: (RegExp | string)[]][] = [
      ['delete of a tuple', () => ct.delete(tcp(2)), [/sport=2 .* mark=2 use=1 id/]],
      ['delete of a tuple in a zone', () => ct.delete(tcp(2, { zone: 9 })), [/sport=2 .* zone=9/]],
      ['delete of a reply’s tuple', () => ct.delete(reversed(udp6(2))), [/^udp .* sport=2 /]],
      ['delete of a flow', async () => ct.delete(await flowOf(tcp(3))), [/sport=3 .* mark=3 use=1 id/]],
      ['delete of a flow in a zone', async () => ct.delete(await flowOf(tcp(3, { zone: 9 }))), [/sport=3 .* zone=9/]],
      [
        'delete of a connection that expects',
        async () => ct.delete(await flowOf(tftp)),
        [/^expectation 17 5000/, /dport=69 /],
      ],
      ['flush by what the kernel compares', () => ct.flush({ mark: 2, family: 'ipv6' }), [/^udp .* sport=2 /]],
      ['flush by what is compared here', () => ct.flush({ sourcePort: 2, zone: 9 }), [/sport=2 .* zone=9/]],
      ['flush by an id', async () => ct.flush({ id: (await flowOf(udp6(1))).id }), [/^udp .* sport=1 /]],
      [
        'flush by a predicate',
        () => ct.flush({ where: (flow) => flow.helper === 'ftp' }),
        [/^expectation 6 5001/, /dport=21 /],
      ],
      ['delete of an expected tuple', () => ct.expectations.delete(expected('udp', 5000)), [/^expectation 17 5000/]],
      [
        'delete of an expectation',
        async () => ct.expectations.delete((await ct.expectations.get(expected('tcp', 5001)))!),
        [/^expectation 6 5001/],
      ],
      ['flush of a helper’s expectations', () => ct.expectations.flush({ helper: 'tftp' }), [/^expectation 17 5000/]],
      ['flush of all expectations', () => ct.expectations.flush(), [/^expectation 17 5000/, /^expectation 6 5001/]],
      ['delete of a timeout policy', () => ct.timeouts.delete('short'), [/^policy .*"short"/]],
      ['flush of timeout policies', () => ct.timeouts.flush(), [/^policy .*"short"/, /^policy .*"shorter"/]],
    ]
    test.each(calls)('%s removes that, and nothing else', async (_what, call, removed) => {
      await populate()
      const gone = await removedBy(call)
      expect(gone).toEqual([...removed].map((line) => expect.stringMatching(line)))
    })

    test('flush removes every connection and with them what they expect', async () => {
      await populate()
      const gone = await removedBy(() => ct.flush())
      expect(gone.filter(isFlow)).toHaveLength(11)
      expect(gone.filter((line) => !isFlow(line))).toEqual([
        expect.stringMatching(/^expectation 17 5000/),
        expect.stringMatching(/^expectation 6 5001/),
      ])
    })

    test('delete and flush of helpers in user space', async ({ skip }) => {
      if (!cthelper) skip(noHelpers)
      await populate()
      const near = { name: 'near', family: 'ipv4', protocol: 'udp' } as const
      expect(await removedBy(() => ct.helpers.delete(near))).toEqual([
        expect.stringMatching(/^helper .*"near".*"protocol":17/),
      ])
      expect(await removedBy(() => ct.helpers.flush())).toEqual([
        expect.stringMatching(/^helper .*"far"/),
        expect.stringMatching(/^helper .*"near".*"protocol":6/),
      ])
    })

    test('what is not there is refused, and nothing else goes in its place', async () => {
      await populate()
      const flow = await flowOf(tcp(1))
      await ct.delete(flow)
      const missing: (() => Promise<unknown>)[] = [
        () => ct.delete(tcp(77)),
        () => ct.delete(tcp(2, { zone: 8 })),
        () => ct.delete(flow),
        () => ct.expectations.delete(expected('udp', 5002)),
        () => ct.timeouts.delete('shortest'),
      ]
      for (const call of missing)
        expect(await removedBy(() => expect(call()).rejects.toMatchObject({ code: 'ENOENT' }))).toEqual([])
      expect(await removedBy(() => ct.flush({ mark: 777 }))).toEqual([])
      expect(await removedBy(() => ct.flush({ sourcePort: 777 }))).toEqual([])
    })

    /** A flow that was read, and has made room for another one with the same tuple and zone. */
    async function outdated(port: number): Promise<Flow> {
      await world.send(port)
      const flow = await flowOf(sent(port))
      await ct.delete(flow)
      // The memory of an entry is part of its id: what comes next shall not have the same.
      for (let other = 1; other <= 64; other++) await ct.create({ original: tcp(1000 + other), timeoutSeconds: 60 })
      await world.send(port)
      expect((await flowOf(sent(port))).id).not.toBe(flow.id)
      return flow
    }

    test('a flow whose tuple another connection has by now is not mistaken for it', async () => {
      const flow = await outdated(2000)
      await expect(ct.delete(flow)).rejects.toMatchObject({ code: 'ENOENT' })
      expect(await ct.get(flow)).toBeUndefined()
      expect((await ct.get(sent(2000)))?.original.sourcePort).toBe(2000)
    })

    describe('zeroing', () => {
      const packets = async (port: number) => (await ct.get(sent(port)))?.originalCounters?.packets
      beforeEach(({ skip }) => {
        if (world.uncounted) skip(world.uncounted)
      })

      test('a get zeroes what it names, and shows what was', async () => {
        for (const port of [2001, 2002]) await world.send(port)
        await world.send(2001)
        expect(await ct.get(sent(2001), { zero: true })).toMatchObject({
          originalCounters: { packets: 2n, bytes: 66n },
          replyCounters: { packets: 0n, bytes: 0n },
        })
        expect([await packets(2001), await packets(2002)]).toEqual([0n, 1n])
        const flow = await flowOf(sent(2002))
        expect((await ct.get(flow, { zero: true }))?.originalCounters?.packets).toBe(1n)
        expect(await packets(2002)).toBe(0n)
      })

      test('a get of a flow leaves a newer connection’s counters alone', async () => {
        const flow = await outdated(2003)
        expect(await ct.get(flow, { zero: true })).toBeUndefined()
        expect(await packets(2003)).toBe(1n)
      })

      test('a dump zeroes the flows it yields, and no other', async () => {
        for (const port of [2004, 2005]) await world.send(port)
        // A port is compared here, not in the kernel: a dump that zeroes would take both.
        const filter = { sourcePort: 2004 }
        const zeroed = await ct.dump(filter, { zero: true }).toArray()
        expect(zeroed.map((flow) => flow.originalCounters?.packets)).toEqual([1n])
        expect([await packets(2004), await packets(2005)]).toEqual([0n, 1n])
        // These are compared by the kernel.
        await ct.create({ original: udp6(1), timeoutSeconds: 60 })
        expect(await ct.dump({ family: 'ipv6', mark: 0 }, { zero: true }).toArray()).toHaveLength(1)
        expect(await packets(2005)).toBe(1n)
        expect(await ct.dump({ protocol: 'udp', family: 'ipv4' }, { zero: true }).toArray()).toHaveLength(2)
        expect(await packets(2005)).toBe(0n)
      })

      test('a dump that may start again zeroes each flow once', async () => {
        await world.send(2006)
        const [flow] = await ct.dump({}, { zero: true, onInterrupted: 'retry' }).toArray()
        expect(flow?.originalCounters?.packets).toBe(1n)
        expect(await packets(2006)).toBe(0n)
      })

      test('a dump of another list zeroes nothing', async () => {
        await world.send(2007)
        await ct.dump({}, { zero: true, list: 'dying' }).toArray()
        expect(await packets(2007)).toBe(1n)
      })
    })
  })
}
