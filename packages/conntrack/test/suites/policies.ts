import { expectFlags } from '@nfkit/netlink-codec/conntrack'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ConntrackTable, ZonedTuple } from '../../src/index.ts'
import { emptyTable } from './empty-table.ts'
import { end, expected, master, tcp } from './tuples.ts'
import { helpersOf, noHelpers } from './user-helpers.ts'
import type { World } from './world.ts'

/** What holds of expectations, timeout policies and helpers on every kernel, the simulated one included. */
export function policies(world: World): void {
  describe('policies', () => {
    let ct: ConntrackTable
    emptyTable(world, (opened) => {
      ct = opened
    })
    const sent = (sourcePort: number): ZonedTuple => ({
      protocol: 'udp',
      source: end('127.0.0.1', sourcePort),
      destination: end('127.0.0.1', 9),
    })

    describe('expectations', () => {
      beforeEach(() => ct.create({ original: master, timeoutSeconds: 600, helper: 'tftp' }))
      const ports = async (filter = {}) => {
        const found: (number | undefined)[] = []
        for await (const { tuple } of ct.expectations.dump(filter)) found.push(tuple.destinationPort)
        return found
      }

      test('are made, read, and gone with delete', async () => {
        expect((await ct.get(master))?.helper).toBe('tftp')
        await ct.expectations.create({ tuple: expected(5000), master, flags: ['permanent'] })
        const expectation = (await ct.expectations.get(expected(5000)))!
        expect(expectation.tuple.destination.address).toBe('10.0.0.1')
        expect(expectation.mask.source.address).toBe('0.0.0.0')
        expect(expectation.mask.destinationPort).toBe(0xffff)
        expect(expectation.master.sourcePort).toBe(4000)
        expect(expectation.timeoutSeconds).toBeGreaterThan(0)
        expect(expectation.flags! & expectFlags.permanent).toBe(1)
        expect(JSON.parse(JSON.stringify(expectation))).toMatchObject({ family: 'ipv4', flags: ['permanent'] })
        expect(await ports()).toEqual([5000])
        expect(await ports({ family: 'ipv6' })).toEqual([])
        expect(await ports({ master })).toEqual([5000])
        await ct.expectations.delete(expectation)
        expect(await ct.expectations.get(expected(5000))).toBeUndefined()
        await expect(ct.expectations.delete(expectation)).rejects.toMatchObject({ code: 'ENOENT' })
      })

      test('delete and flush touch what they name', async () => {
        await ct.create({ original: { ...master, source: end('10.0.0.3', 1) }, timeoutSeconds: 600, helper: 'tftp' })
        await ct.expectations.create({ tuple: expected(5000), master })
        await ct.expectations.create({ tuple: expected(5001), master: { ...master, source: end('10.0.0.3', 1) } })
        await ct.expectations.delete(expected(5000))
        expect(await ports()).toEqual([5001])
        await expect(ct.expectations.flush({ helper: '' })).rejects.toMatchObject({ name: 'EncodeError' })
        await expect(ct.expectations.delete({} as never)).rejects.toMatchObject({ name: 'EncodeError' })
        expect(await ports()).toEqual([5001])
        await ct.expectations.flush()
        expect(await ports()).toEqual([])
      })

      test('need a master with a helper', async () => {
        await ct.create({ original: tcp(1), timeoutSeconds: 600 })
        const refused = ct.expectations.create({ tuple: expected(1), master: tcp(1) })
        await expect(refused).rejects.toMatchObject({
          code: 'EOPNOTSUPP',
          advice: expect.stringContaining('no helper'),
        })
        await expect(ct.expectations.create({ tuple: expected(1), master: tcp(2) })).rejects.toMatchObject({
          code: 'ENOENT',
        })
        expect(await ports({ master: tcp(1) })).toEqual([])
      })

      test('follow a translation, and tell of it', async () => {
        const nat = { direction: 'reply', tuple: { ...expected(0), source: end('192.0.2.7', 6000) } } as const
        await ct.expectations.create({ tuple: expected(5000), master, function: 'nat-follow-master', nat, class: 0 })
        const expectation = (await ct.expectations.get(expected(5000)))!
        expect(expectation.nat?.direction).toBe('reply')
        expect(expectation.nat?.tuple.source).toMatchObject({ address: '192.0.2.7', port: 6000 })
        expect(expectation).toMatchObject({ class: 0, function: 'nat-follow-master', helper: 'tftp', zone: 0 })
      })

      test('compare the source where that is asked for', async () => {
        const tuple = { ...expected(5000), source: end('10.0.0.2', 77) }
        await ct.expectations.create({ tuple, master, match: { sourceAddress: true, sourcePort: true } })
        const { mask } = (await ct.expectations.get(tuple))!
        expect([mask.source.address, mask.sourcePort]).toEqual(['255.255.255.255', 0xffff])
      })

      test('are of their zone, and of IPv6', async () => {
        const six = (tuple: ZonedTuple): ZonedTuple => ({
          ...tuple,
          source: end('fd00::1', tuple.source.port),
          destination: end('fd00::2', tuple.destination.port),
          zone: 6,
        })
        await ct.create({ original: six(master), timeoutSeconds: 600, helper: 'tftp' })
        await ct.expectations.create({ tuple: six(expected(5006)), master: six(master) })
        expect(await ct.expectations.get({ ...six(expected(5006)), zone: 0 })).toBeUndefined()
        const expectation = (await ct.expectations.get(six(expected(5006))))!
        expect([expectation.family, expectation.zone]).toEqual([10, 6])
        expect(await ports({ family: 'ipv6' })).toEqual([5006])
        await ct.expectations.delete(expectation)
        expect(await ports()).toEqual([])
      })

      test('have events', async () => {
        const events = ct.events({ kinds: ['expectationNew', 'expectationDestroy'], filter: { protocol: 'tcp' } })
        // Connections made while nobody listens to those have no events; nor have their expectations.
        await using _connections = ct.events()
        await ct.delete(master)
        await ct.create({ original: master, timeoutSeconds: 600, helper: 'tftp' })
        await ct.expectations.create({ tuple: expected(5000), master })
        await ct.expectations.delete(expected(5000))
        const seen: unknown[] = []
        for await (const event of events) {
          if (event.kind !== 'gap' && 'expectation' in event)
            seen.push([event.kind, event.expectation.tuple.destinationPort])
          if (event.kind === 'expectationDestroy') break
        }
        expect(seen).toEqual([
          ['expectationNew', 5000],
          ['expectationDestroy', 5000],
        ])
      })

      test('are counted by processor', async () => {
        const before = await ct.expectations.stats()
        await ct.expectations.create({ tuple: expected(5000), master })
        const made = (list: typeof before) => list.reduce((sum, { create = 0 }) => sum + create, 0)
        expect(made(await ct.expectations.stats())).toBe(made(before) + 1)
        expect(before.map(({ processor }) => processor)).toEqual(before.map((_, i) => i))
      })
    })

    describe('timeout policies', () => {
      const policy = {
        name: 'short',
        family: 'ipv4',
        protocol: 'tcp',
        seconds: { established: 77, synSent: 5 },
      } as const

      test('are made, read, replaced, and gone with delete', async () => {
        await ct.timeouts.create(policy)
        const found = await ct.timeouts.get('short')
        expect(found).toMatchObject({ ...policy, seconds: expect.objectContaining(policy.seconds) })
        expect(found?.seconds['finWait']).toBeGreaterThan(0)
        await expect(ct.timeouts.create(policy)).rejects.toMatchObject({ code: 'EEXIST' })
        await ct.timeouts.create({ ...policy, seconds: { established: 78 } }, { onExisting: 'replace' })
        expect((await ct.timeouts.list()).map(({ name, seconds }) => [name, seconds['established']])).toEqual([
          ['short', 78],
        ])
        await ct.timeouts.create({ name: 'other', family: 'ipv6', protocol: 'generic', seconds: { timeout: 9 } })
        expect(await ct.timeouts.get('other')).toMatchObject({
          family: 'ipv6',
          protocol: 'generic',
          seconds: { timeout: 9 },
        })
        await ct.timeouts.delete('short')
        expect((await ct.timeouts.list()).map(({ name }) => name)).toEqual(['other'])
        expect(await ct.timeouts.get('short')).toBeUndefined()
        await expect(ct.timeouts.delete('short')).rejects.toMatchObject({ code: 'ENOENT' })
        await expect(ct.timeouts.delete('')).rejects.toMatchObject({ name: 'EncodeError' })
        expect(await ct.timeouts.list()).toHaveLength(1)
      })

      test('are refused for states there are not', async () => {
        const refused = ct.timeouts.create({ ...policy, seconds: { nonesuch: 1 } })
        await expect(refused).rejects.toMatchObject({ name: 'EncodeError' })
      })

      test('the defaults can be read and set', async () => {
        const before = await ct.timeouts.defaults('udp')
        expect(before['unreplied']).toBeGreaterThan(0)
        await ct.timeouts.setDefaults('udp', { unreplied: 31 })
        expect(await ct.timeouts.defaults('udp')).toEqual({ ...before, unreplied: 31 })
        await ct.timeouts.setDefaults('udp', before)
      })
    })

    describe('what rules give to connections', () => {
      test('a timeout policy: its seconds are theirs', async () => {
        const seconds = { unreplied: 7, replied: 8 }
        await ct.timeouts.create({ name: 'brief', family: 'ipv4', protocol: 'udp', seconds })
        world.give({ sourcePort: 2100, timeoutPolicy: 'brief' })
        await world.send(2100)
        expect((await ct.get(sent(2100)))!.timeoutSeconds).toBeLessThanOrEqual(7)
        await world.send(2101)
        expect((await ct.get(sent(2101)))!.timeoutSeconds).toBeGreaterThan(8)
      })

      test('a helper and a zone', async () => {
        world.give({ sourcePort: 2102, helper: 'tftp', zone: 4 })
        await world.send(2102)
        expect(await ct.get(sent(2102))).toBeUndefined()
        expect(await ct.get({ ...sent(2102), zone: 4 })).toMatchObject({ zone: 4 })
        await ct.flush()
      })

      test('a helper', async () => {
        world.give({ sourcePort: 2103, helper: 'tftp' })
        await world.send(2103)
        expect((await ct.get(sent(2103)))?.helper).toBe('tftp')
      })
    })

    describe('helpers in user space', () => {
      const near = { name: 'near', family: 'ipv4', protocol: 'udp' } as const
      const rest = { queue: 5, classes: [{ name: 'media', expectMax: 2, timeoutSeconds: 44 }], privateDataLength: 16 }
      beforeEach(async ({ skip }) => {
        const helpers = await helpersOf(ct)
        if (helpers === undefined) skip(noHelpers)
        for (const helper of helpers ?? []) await ct.helpers.delete(helper)
      })

      test('are made, read, and gone with delete', async () => {
        await ct.helpers.create({ ...near, ...rest })
        await ct.helpers.create({ ...near, ...rest, protocol: 'tcp', enabled: false })
        const list = await ct.helpers.list()
        expect(list.sort((a, b) => Number(a.protocol) - Number(b.protocol))).toEqual([
          { ...near, ...rest, protocol: 6, enabled: false },
          { ...near, ...rest, protocol: 17, enabled: true },
        ])
        expect(await ct.helpers.get('near')).toMatchObject(rest)
        expect(await ct.helpers.get('nearer')).toBeUndefined()
        await expect(ct.helpers.create({ ...near, ...rest })).rejects.toMatchObject({ code: 'EEXIST' })
        await ct.helpers.delete(near)
        expect((await ct.helpers.list()).map(({ protocol }) => protocol)).toEqual([6])
        await expect(ct.helpers.delete(near)).rejects.toMatchObject({ code: 'ENOENT' })
        await expect(ct.helpers.delete({ ...near, name: '' })).rejects.toMatchObject({ name: 'EncodeError' })
        await ct.helpers.delete({ ...near, protocol: 'tcp' })
        expect(await ct.helpers.list()).toEqual([])
      })

      test('have one to four classes, and private data of a few bytes', async () => {
        const classes = Array.from({ length: 4 }, (_, i) => ({
          name: `class ${i}`,
          expectMax: i + 1,
          timeoutSeconds: 10 * i,
        }))
        await ct.helpers.create({ ...near, ...rest, classes })
        expect((await ct.helpers.get('near'))?.classes).toEqual(classes)
        for (const wrong of [[], [...classes, classes[0]!]])
          await expect(ct.helpers.create({ ...near, ...rest, name: 'far', classes: wrong })).rejects.toMatchObject({
            name: 'EncodeError',
            where: 'NFCTH_POLICY',
          })
        await expect(
          ct.helpers.create({ ...near, ...rest, name: 'far', privateDataLength: 4096 }),
        ).rejects.toMatchObject({
          code: 'ENOMEM',
          advice: expect.stringContaining('private data'),
        })
        expect(await ct.helpers.list()).toHaveLength(1)
      })

      test('follow connections, which expect what their classes allow', async () => {
        await ct.helpers.create({ ...near, ...rest })
        const original = { ...master, source: end('10.0.0.7', 1) }
        await ct.create({ original, timeoutSeconds: 600, helper: 'near' })
        const flow = (await ct.get(original))!
        expect(flow.helper).toBe('near')
        expect(flow.statusNames).toContain('helper')
        await ct.expectations.create({ tuple: expected(5007), master: original })
        const expectation = (await ct.expectations.get(expected(5007)))!
        expect(expectation.helper).toBe('near')
        expect(expectation.timeoutSeconds).toBeGreaterThan(30)
        expect(expectation.timeoutSeconds).toBeLessThanOrEqual(44)
        await expect(
          ct.expectations.create({ tuple: expected(5008), master: original, class: 1 }),
        ).rejects.toMatchObject({ code: 'EINVAL' })
        // Since 7.2 it can be deleted all the same; its connections may keep the name.
        const code = await ct.helpers.delete(near).then(
          () => undefined,
          (error) => error.code,
        )
        expect([undefined, 'EBUSY']).toContain(code)
        expect(await ct.helpers.list()).toHaveLength(code === undefined ? 0 : 1)
        expect(code === undefined ? [undefined, 'near'] : ['near']).toContain((await ct.get(original))?.helper)
        await ct.delete(original)
      })
    })
  })
}
