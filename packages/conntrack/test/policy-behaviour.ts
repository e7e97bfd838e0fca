import { expectFlags } from '@nfkit/netlink-codec'
import type { Transport } from '@nfkit/netlink-transport'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ConntrackTable, openConntrack, type TupleDescription } from '../src/index.ts'
import { tcp } from './behaviour.ts'

const end = (address: string, port?: number) => ({ address, port })
const master: TupleDescription = { protocol: 'udp', source: end('10.0.0.1', 4000), destination: end('10.0.0.2', 69) }
const expected = (port: number): TupleDescription => ({
  protocol: 'udp',
  source: end('10.0.0.2', 0),
  destination: end('10.0.0.1', port),
})

/** What holds of expectations and timeout policies on every kernel, the simulated one included. */
export function policyBehaviour(kernel: string, connect: () => Transport): void {
  describe(kernel, () => {
    let ct: ConntrackTable
    beforeEach(async () => {
      ct = await openConntrack(connect())
      await ct.flush()
      await ct.expectations.flush()
      await ct.timeouts.flush()
    })
    afterEach(() => ct.close())

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
        await expect(ct.expectations.delete({} as never)).rejects.toThrow(TypeError)
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
  })
}
