import { openConntrack } from '@nfkit/conntrack'
import { fragments, icmp, icmpUnreachable, tcp, udp } from '@nfkit/ip-codec/build'
import { describe, expect, test } from 'vitest'
import type { FirewallVerdict } from '../../src/index.ts'
import { staged } from './stage.ts'
import type { World } from './world.ts'

const [here, peer] = ['10.99.0.1', '10.99.0.2']
const everything = { hooks: ['input', 'output'], match: undefined } as const

/** What goes wrong in programs that write such rules by hand. */
export function traps(world: World): void {
  describe('a mark of a packet’s own is no verdict', () => {
    const forms = {
      udp: (port: number) => udp(`${here}:${port} > ${peer}:4000`, { payload: 'hello' }),
      tcp: (port: number) => tcp(`${here}:${port} > ${peer}:4000`, { syn: true, sequence: 1 }),
      'tcp in the middle': (port: number) =>
        tcp(`${here}:${port} > ${peer}:4000`, { ack: true, sequence: 1, acknowledgment: 1 }),
    }
    test.each(Object.entries(forms))('%s: whatever it is, the packet is judged, and none passes', async (_, made) => {
      const { firewall } = await staged(world, { mask: 0x7, judge: () => 'drop' })
      const marked = Array.from({ length: 8 }, (_, mark) => ({ packet: made(20_000 + mark), mark }))
      expect(await world.send(marked)).toBe(0)
      await expect.poll(() => firewall.stats().judged.drop, { timeout: 10_000 }).toBe(8)
      // Not a second time either: what is remembered counts, and no mark does.
      expect(await world.send(marked)).toBe(0)
    })

    test('of a connection that was accepted, the mark of a packet changes nothing', async () => {
      const { firewall } = await staged(world, { mask: 0x7 })
      const packet = udp(`${here}:20000 > ${peer}:4000`, { payload: 'hello' })
      expect(await world.send([{ packet }])).toBe(1)
      const marked = Array.from({ length: 8 }, (_, mark) => ({ packet, mark }))
      expect(await world.send(marked)).toBe(8)
      expect(firewall.stats()).toMatchObject({ judged: { accept: 1, drop: 0, reject: 0 } })
    })
  })

  test('what a link needs passes while everything is dropped, and no judge is asked', async () => {
    const { asked } = await staged(world, { ...everything, judge: () => 'drop' })
    const solicit = Uint8Array.from([0, 0, 0, 0, 0xfd, 0, 0, 0x99, ...Array.from({ length: 11 }, () => 0), 2])
    const passing = [
      udp(`${here}:68 > ${peer}:67`, { payload: 'discover' }),
      udp(`[fd00:99::1]:546 > [fd00:99::2]:547`, { payload: 'solicit' }),
      icmp('fd00:99::1 > fd00:99::2', { type: 135, code: 0, payload: solicit, ttl: 255 }),
    ]
    for (const packet of passing) expect(await world.send([{ packet }]), `${packet}`).toBe(1)
    expect(asked.filter(({ protocol }) => protocol !== 'icmpv6')).toEqual([])
    expect(await world.send([{ packet: udp(`${here}:69 > ${peer}:67`, { payload: 'no DHCP' }) }])).toBe(0)
  })

  describe('what is related', () => {
    test('passes as an error about a connection, and is judged as one about none', async () => {
      let verdict: FirewallVerdict = 'accept'
      const { asked } = await staged(world, { ...everything, judge: () => verdict })
      expect(await world.ask(4000, 'hello')).toBe('hello')
      const from = asked[0]!.source!.port!
      verdict = 'drop'
      const about = (port: number) =>
        icmpUnreachable(`${here} > ${peer}`, udp(`${peer}:4000 > ${here}:${port}`, { payload: 'hello' }))
      const before = asked.length
      expect(await world.send([{ packet: about(from) }])).toBe(1)
      expect(asked.length).toBe(before)
      expect(await world.send([{ packet: about(from ^ 1) }])).toBe(0)
      expect(asked.length).toBe(before + 1)
    })

    test('is judged as a connection that another one announced', async () => {
      await using table = await openConntrack(world.connect())
      const master = {
        protocol: 'tcp',
        source: { address: here, port: 3_000 },
        destination: { address: peer, port: 21 },
      } as const
      await table.create({ original: master, timeoutSeconds: 600, helper: 'ftp' })
      const tuple = { ...master, destination: { address: peer, port: 4000 } }
      await table.expectations.create({ tuple, match: { sourceAddress: true }, master })
      const { asked } = await staged(world, { judge: () => 'reject' })
      await expect(world.dial('peer', 4000)).rejects.toThrow('ECONNREFUSED')
      expect(asked.map(({ destination }) => destination?.port)).toEqual([4000])
      // It was the one that was expected.
      expect(await table.expectations.get(tuple)).toBeUndefined()
    })
  })

  test('what makes no sense to the kernel is judged, packet by packet', async () => {
    let verdict: FirewallVerdict = 'drop'
    const { asked } = await staged(world, { judge: () => verdict })
    const invalid = (port: number) => tcp(`${here}:${port} > ${peer}:4000`, { syn: true, fin: true, rst: true })
    expect(await world.send([{ packet: invalid(20_000) }])).toBe(0)
    expect(asked.map(({ isTracked }) => isTracked)).toEqual([false])
    verdict = 'accept'
    expect(await world.send([{ packet: invalid(20_001) }])).toBe(1)
    expect(asked.length).toBe(2)
  })

  test('fragments are judged as the packet they are of, and none passes before', async () => {
    let verdict: FirewallVerdict = 'drop'
    const { asked } = await staged(world, { judge: () => verdict })
    const parts = (port: number) =>
      fragments(udp(`${here}:${port} > ${peer}:4000`, { payload: 'x'.repeat(1_200) }), 400, port).map((packet) => ({
        packet,
      }))
    expect(await world.send(parts(20_000))).toBe(0)
    expect(asked.map(({ protocol, destination }) => [protocol, destination?.port])).toEqual([['udp', 4000]])
    verdict = 'accept'
    expect(await world.send(parts(20_001))).toBeGreaterThan(0)
    expect(asked.length).toBe(2)
  })

  describe('what a host says to itself', () => {
    test('passes, and no judge is asked', async () => {
      const { asked } = await staged(world, { ...everything, judge: () => 'drop' })
      const line = await world.dial('self', 4000)
      expect(await line.say('hello')).toBe('hello')
      line.close()
      expect(asked).toEqual([])
    })

    test('is judged where that is asked for, once at each end', async () => {
      const { asked } = await staged(world, { hooks: ['input', 'output'], loopback: 'judge', judge: () => 'accept' })
      const line = await world.dial('self', 4000)
      expect(await line.say('hello')).toBe('hello')
      line.close()
      expect(asked.length).toBe(1)
    })
  })
}
