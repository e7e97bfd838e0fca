import { u16 } from '@nfkit/netlink-codec'
import { conntrackMessage, status, tcpFlags, tcpState } from '@nfkit/netlink-codec/conntrack'
import { NetlinkError, type Transport } from '@nfkit/netlink-transport'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ConntrackTable, type FlowFilter, type NewFlow, openConntrack, type ZonedTuple } from '../../src/index.ts'
import { end, tcp, udp6 } from './tuples.ts'
import type { World } from './world.ts'

const echo = (id: number): ZonedTuple => ({
  protocol: 'icmp',
  source: end('10.0.0.1'),
  destination: end('10.0.0.2'),
  icmp: { type: 8, code: 0, id },
})

/** A transport that remembers what was sent through it. */
function overheard(transport: Transport): { transport: Transport; sent: Uint8Array[] } {
  const sent: Uint8Array[] = []
  const send = transport.send.bind(transport)
  transport.send = (datagram) => {
    sent.push(datagram.slice())
    send(datagram)
  }
  return { transport, sent }
}

/** What holds of the table on every kernel, the simulated one included. Each test starts with an empty table. */
export function entries(world: World): void {
  describe('entries', () => {
    let ct: ConntrackTable
    let sent: Uint8Array[]

    beforeEach(async () => {
      const ear = overheard(world.connect())
      sent = ear.sent
      ct = await openConntrack(ear.transport)
      await ct.flush()
    })
    afterEach(() => ct.close())

    const make = (original: ZonedTuple, more: Partial<NewFlow> = {}) =>
      ct.create({ original, timeoutSeconds: 600, ...more })
    const lines = async (filter?: Parameters<ConntrackTable['dump']>[0]) =>
      (await ct.dump(filter).toArray())
        .map((flow) => `${flow}`.replace(/ \d+ (?=[A-Z]|src)/, ' ').replace(/ packets=0 bytes=0| delta-time=\d+/g, ''))
        .sort()
    const ports = async (filter?: Parameters<ConntrackTable['dump']>[0]) =>
      (await ct.dump(filter).toArray()).map((flow) => flow.original.sourcePort).sort()

    describe('get', () => {
      test('finds an entry by the tuple of either direction', async () => {
        await make(tcp(4000), { mark: 7 })
        const flow = await ct.get(tcp(4000))
        expect(flow?.mark).toBe(7)
        expect(flow?.original.source.address).toBe('10.0.0.1')
        expect(flow?.reply.destination.port).toBe(4000)
        const reversed = { protocol: 'tcp', source: end('10.0.0.2', 80), destination: end('10.0.0.1', 4000) } as const
        expect((await ct.get(reversed))?.id).toBe(flow?.id)
      })

      test('is undefined when there is none, also in another zone', async () => {
        await make(tcp(4000, { zone: 5 }))
        expect(await ct.get(tcp(4001))).toBeUndefined()
        expect(await ct.get(tcp(4000))).toBeUndefined()
        expect((await ct.get(tcp(4000, { zone: 5 })))?.zone).toBe(5)
      })

      test('does not take a newer connection with the same tuple for the flow that was read', async () => {
        await make(tcp(4000))
        const flow = await ct.get(tcp(4000))
        await ct.delete(flow!)
        await make(tcp(4000, { zone: 1 }))
        expect(await ct.get(flow!)).toBeUndefined()
      })

      test('finds by id', async () => {
        for (let port = 1; port <= 20; port++) await make(tcp(port))
        const { id } = (await ct.get(tcp(13)))!
        expect((await ct.find(id!))?.original.sourcePort).toBe(13)
        expect(await ct.find((id! ^ 1) >>> 0)).toBeUndefined()
      })
    })

    describe('update of all that match', () => {
      test('changes them, counts them, and leaves the others alone', async () => {
        for (let port = 1; port <= 5; port++) await make(tcp(port), { mark: port })
        await make(udp6(6), { mark: 6 })
        expect(await ct.update({ protocol: 'tcp', sourcePort: { first: 2, last: 4 } }, { mark: 9 })).toBe(3)
        const marks = (await ct.dump().toArray()).map(({ original, mark }) => [original.sourcePort, mark])
        expect(marks.sort()).toEqual([
          [1, 1],
          [2, 9],
          [3, 9],
          [4, 9],
          [5, 5],
          [6, 6],
        ])
        expect(await ct.update({ mark: 77 }, { mark: 1 })).toBe(0)
      })

      test('by zone: one of both directions, not one of the original or the reply direction', async () => {
        await make(tcp(1), { zone: 7 })
        await make(tcp(2), { zone: { original: 7 } })
        await make(tcp(3), { zone: { reply: 7 } })
        await make(tcp(4))
        expect(await ports({ zone: 7 })).toEqual([1])
        expect(await ports({ zone: 0 })).toEqual([2, 3, 4])
        expect(await ports({ original: { zone: 7 } })).toEqual([1, 2])
        expect(await ports({ reply: { zone: 7 } })).toEqual([1, 3])
        await ct.flush({ zone: 7 })
        expect(await ports()).toEqual([2, 3, 4])
        await ct.flush({ original: { zone: 7 } })
        expect(await ports()).toEqual([3, 4])
      })

      test.each([{}, { mark: undefined }, { status: [] }, undefined])('%o is refused', async (filter) => {
        await make(tcp(1), { mark: 5 })
        await expect(ct.update(filter as FlowFilter, { mark: 9 })).rejects.toMatchObject({ name: 'EncodeError' })
        expect((await ct.get(tcp(1)))?.mark).toBe(5)
      })

      test('by translation, ICMP and both directions', async () => {
        await make(udp6(1), { nat: { source: { address: 'fd00::9', port: 777 } } })
        await make(tcp(2), { nat: { destination: { address: '10.0.0.9' } } })
        await make(echo(3))
        await make(tcp(4))
        const picked = async (filter: FlowFilter) =>
          (await ct.dump(filter).toArray()).map(({ original }) => original.sourcePort ?? original.icmp?.id).sort()
        expect(await picked({ nat: true })).toEqual([1, 2])
        expect(await picked({ nat: false })).toEqual([3, 4])
        expect(await picked({ nat: { source: true } })).toEqual([1])
        expect(await picked({ nat: 'fd00::9' })).toEqual([1])
        expect(await picked({ nat: '10.0.0.0/24' })).toEqual([2])
        expect(await picked({ nat: { source: 'fd00::/64' } })).toEqual([1])
        expect(await picked({ nat: { destination: '10.0.0.9' } })).toEqual([2])
        expect(await picked({ nat: { source: false }, family: 'ipv4', protocol: 'tcp' })).toEqual([2, 4])
        expect(await picked({ icmp: { type: 8 } })).toEqual([3])
        expect(await picked({ icmp: { id: 4 } })).toEqual([])
        expect(await picked({ original: { destination: '10.0.0.2' }, reply: { source: '10.0.0.9' } })).toEqual([2])
        await ct.flush({ nat: true })
        expect(await picked({})).toEqual([3, 4])
      })
    })

    describe('create', () => {
      test('mirrors the original direction', async () => {
        await make(echo(77))
        const flow = (await ct.get(echo(77)))!
        expect(flow.original.icmp).toEqual({ id: 77, type: 8, code: 0 })
        expect(flow.reply.icmp).toEqual({ id: 77, type: 0, code: 0 })
        expect(flow.reply.source.address).toBe('10.0.0.2')
      })

      test('sets mark, status, zone, timeout and TCP state', async () => {
        await make(tcp(4000, { zone: 3 }), {
          mark: 0xffff_ffff,
          status: ['seenReply', 'assured'],
          tcp: { state: 'established' },
        })
        const flow = (await ct.get(tcp(4000, { zone: 3 })))!
        expect(flow.mark).toBe(0xffff_ffff)
        expect(flow.status! & (status.seenReply | status.assured)).toBe(6)
        expect(flow.statusNames).toContain('assured')
        expect(flow.zone).toBe(3)
        expect(flow.timeoutSeconds).toBeGreaterThan(500)
        expect(flow.timeoutSeconds).toBeLessThanOrEqual(600)
        expect(flow.tcpState).toBe(tcpState.established)
      })

      test('sets the state of SCTP', async () => {
        const original = { ...tcp(4000), protocol: 'sctp' } as const
        await make(original, { sctp: { state: 'established', originalTag: 5, replyTag: 6 } })
        expect((await ct.get(original))?.sctp).toEqual({ state: 4, originalTag: 5, replyTag: 6 })
      })

      test('sets the state of DCCP, where that is tracked', async ({ skip }) => {
        const original = { ...tcp(4000), protocol: 'dccp' } as const
        const dccp = { state: 'open', role: 'server', handshakeSequence: 7n } as const
        const refusal = await make(original, { dccp }).catch((error: unknown) => error)
        const flow = (await ct.get(original))!
        if (flow.dccp === undefined) {
          expect(refusal).toMatchObject({ name: 'IgnoredChangeError', change: 'dccp' })
          skip('kernel: it does not track DCCP')
        }
        expect(flow.dccp).toEqual({ state: 4, role: 1, handshakeSequence: 7n })
      })

      test('shifts sequence numbers, and has a SYN proxy’s state', async () => {
        await make(tcp(4000), {
          originalSequenceAdjustment: { position: 1000, before: 0, after: -12 },
          replySequenceAdjustment: { position: 0xffff_fff0, before: 5, after: 7 },
          synproxy: { isn: 1, its: 2, tsoff: 3 },
        })
        const flow = (await ct.get(tcp(4000)))!
        expect(flow.originalSequenceAdjustment).toEqual({ position: 1000, before: 0, after: -12 })
        expect(flow.replySequenceAdjustment).toEqual({ position: 0xffff_fff0, before: 5, after: 7 })
        expect(flow.statusNames).toContain('seqAdjust')
        expect(flow.synproxy).toEqual({ isn: 1, its: 2, tsoff: 3 })
      })

      test('tells what the kernel left out: the entry is there without it', async () => {
        const left = async (more: Partial<NewFlow>) => {
          const error = await make(tcp(4000), more).catch((error: unknown) => error)
          expect(error).toMatchObject({ name: 'IgnoredChangeError', change: Object.keys(more)[0] })
          const flow = (await ct.get(tcp(4000)))!
          await ct.delete(flow)
          return flow
        }
        expect((await left({ labels: [3] })).labels).toBeUndefined()
        expect((await left({ labels: { set: [3] } })).labels).toBeUndefined()
        expect((await left({ tcp: { originalWindowScale: 3, replyWindowScale: 4 } })).tcp?.originalWindowScale).toBe(0)
        expect((await left({ timeoutSeconds: 4_000_000_000 })).timeoutSeconds).toBeLessThan(22_000_000)
      })

      test('takes what the kernel can take', async () => {
        await make(tcp(1), { labels: [], timeoutSeconds: 2_147_483 })
        await make(tcp(2), { labels: { clear: [3] } })
        const scaled = { flags: tcpFlags.windowScale, mask: tcpFlags.windowScale }
        await make(tcp(3), {
          tcp: { originalFlags: scaled, replyFlags: scaled, originalWindowScale: 3, replyWindowScale: 4 },
        })
        expect((await ct.get(tcp(3)))?.tcp).toMatchObject({ originalWindowScale: 3, replyWindowScale: 4 })
      })

      test('translates addresses', async () => {
        await make(tcp(4000), { nat: { source: { address: '192.0.2.1', port: 777 } } })
        const flow = (await ct.get(tcp(4000)))!
        expect(flow.reply.destination.address).toBe('192.0.2.1')
        expect(flow.reply.destination.port).toBe(777)
        expect(flow.status! & status.srcNat).not.toBe(0)
        const translated = { protocol: 'tcp', source: end('10.0.0.2', 80), destination: end('192.0.2.1', 777) } as const
        expect((await ct.get(translated))?.id).toBe(flow.id)
      })

      test('is found by the translated host and port, too', async () => {
        await make(tcp(4000), { nat: { source: { address: '192.0.2.1', port: 777 } } })
        for (const filter of [{ host: '192.0.2.1' }, { port: 777 }, { host: '10.0.0.1' }, { port: 4000 }])
          expect(await ports(filter)).toEqual([4000])
        expect(await ports({ host: '!192.0.2.0/24' })).toEqual([])
      })

      test('takes a reply direction of its own', async () => {
        const reply = { protocol: 'udp', source: end('fd00::9', 99), destination: end('fd00::1', 4000) } as const
        await make(udp6(4000), { reply })
        expect((await ct.get(udp6(4000)))?.reply.source.port).toBe(99)
      })

      test('refuses what exists, or updates it when asked to', async () => {
        await make(tcp(4000), { mark: 1 })
        await expect(make(tcp(4000), { mark: 2 })).rejects.toMatchObject({ code: 'EEXIST' })
        expect((await ct.get(tcp(4000)))?.mark).toBe(1)
        await ct.create({ original: tcp(4000), timeoutSeconds: 60, mark: 2 }, { onExisting: 'update' })
        expect((await ct.get(tcp(4000)))?.mark).toBe(2)
      })

      test('of what exists cannot change the reply direction, and says so', async () => {
        await make(tcp(4000))
        const reply = { protocol: 'tcp', source: end('10.0.0.9', 80), destination: end('10.0.0.1', 4000) } as const
        const flow = { original: tcp(4000), timeoutSeconds: 60, reply }
        await expect(ct.create(flow, { onExisting: 'update' })).rejects.toMatchObject({ change: 'reply' })
        expect((await ct.get(tcp(4000)))?.reply.source.address).toBe('10.0.0.2')
        await ct.delete(tcp(4000))
        await ct.create(flow, { onExisting: 'update' })
        await ct.create(flow, { onExisting: 'update' })
        expect((await ct.get(tcp(4000)))?.reply.source.address).toBe('10.0.0.9')
      })

      test('is refused here where the kernel would say EINVAL only', async () => {
        const mixed = { ...tcp(4000), destination: end('fd00::2', 80) }
        await expect(make(mixed)).rejects.toMatchObject({ name: 'EncodeError', where: 'CTA_TUPLE_IP' })
        await expect(make({ ...tcp(1), source: end('10.0.0.1') })).rejects.toMatchObject({ where: 'CTA_TUPLE_PROTO' })
        await expect(make({ ...tcp(1), source: end('10.0.1', 1) })).rejects.toMatchObject({ where: 'CTA_TUPLE_IP' })
        expect(await ct.count()).toBe(0)
      })
    })

    describe('update', () => {
      test('changes the mark whole, or the bits of a mask', async () => {
        await make(tcp(4000), { mark: 0xf0 })
        await ct.update(tcp(4000), { mark: { value: 0xfff3, mask: 0x0f } })
        expect((await ct.get(tcp(4000)))?.mark).toBe(0xf3)
        await ct.update((await ct.get(tcp(4000)))!, { mark: 9 })
        expect((await ct.get(tcp(4000)))?.mark).toBe(9)
        await ct.update(tcp(4000), { mark: 0 })
        expect((await ct.get(tcp(4000)))?.mark).toBe(0)
      })

      test('changes the timeout and sets status bits, keeping the rest', async () => {
        await make(tcp(4000), { mark: 7, status: ['seenReply'], tcp: { state: 'synSent' } })
        await ct.update(tcp(4000), { timeoutSeconds: 60, status: ['assured'], tcp: { state: 'established' } })
        const flow = (await ct.get(tcp(4000)))!
        expect(flow.timeoutSeconds).toBeLessThanOrEqual(60)
        expect(flow.statusNames).toEqual(expect.arrayContaining(['seenReply', 'assured']))
        expect(flow.tcpState).toBe(tcpState.established)
        expect(flow.mark).toBe(7)
      })

      test('changes what sequence numbers are shifted by, and a SYN proxy’s state', async () => {
        await make(tcp(4000))
        expect((await ct.get(tcp(4000)))?.originalSequenceAdjustment).toBeUndefined()
        await ct.update(tcp(4000), {
          originalSequenceAdjustment: { position: 1, before: 2, after: 3 },
          synproxy: { isn: 4, its: 5, tsoff: 6 },
        })
        const flow = (await ct.get(tcp(4000)))!
        expect(flow.originalSequenceAdjustment).toEqual({ position: 1, before: 2, after: 3 })
        expect(flow.replySequenceAdjustment).toEqual({ position: 0, before: 0, after: 0 })
        expect(flow.synproxy).toEqual({ isn: 4, its: 5, tsoff: 6 })
      })

      test('tells what the kernel left out', async () => {
        await make(tcp(4000))
        const scales = { originalWindowScale: 3, replyWindowScale: 4 }
        const error = await ct.update(tcp(4000), { mark: 7, tcp: scales }).catch((error: unknown) => error)
        expect(error).toMatchObject({ name: 'IgnoredChangeError', change: 'tcp' })
        expect((await ct.get(tcp(4000)))?.mark).toBe(7)
        const scaled = { flags: tcpFlags.windowScale, mask: tcpFlags.windowScale }
        await ct.update(tcp(4000), { tcp: { ...scales, originalFlags: scaled, replyFlags: scaled } })
        expect((await ct.get(tcp(4000)))?.tcp).toMatchObject(scales)
        await expect(ct.update(tcp(4000), { timeoutSeconds: 0xffff_ffff })).rejects.toMatchObject({
          change: 'timeoutSeconds',
        })
      })

      test('touches no other entry', async () => {
        for (let port = 1; port <= 5; port++) await make(tcp(port))
        await make(tcp(3, { zone: 9 }))
        await ct.update(tcp(3), { mark: 5 })
        expect(await ports({ mark: 5 })).toEqual([3])
        expect((await ct.get(tcp(3, { zone: 9 })))?.mark).toBe(0)
      })

      const refused: [string, string, () => Promise<unknown>][] = [
        ['ENOENT', 'an entry there is not', () => ct.update(tcp(4001), { mark: 1 })],
        ['EBUSY', 'a status that is not the user’s', () => ct.update(tcp(4000), { status: ['dying'] })],
        ['ENOSPC', 'labels without a rule', () => ct.update(tcp(4000), { labels: [1] })],
        ['ERANGE', 'a TCP state there is not', () => ct.update(tcp(4000), { tcp: { state: 12 } })],
        ['EOPNOTSUPP', 'a helper there is not', () => ct.update(tcp(4000), { helper: 'nonesuch' })],
      ]
      test.each(refused)('%s for %s, with advice', async (code, _what, request) => {
        await make(tcp(4000))
        const error = await request().catch((error: unknown) => error)
        expect(error).toBeInstanceOf(NetlinkError)
        expect(error).toMatchObject({ code, advice: expect.stringMatching(/.{20}/) })
      })

      test('EPERM for a timeout that is fixed', async () => {
        await make(tcp(4000), { status: ['fixedTimeout'] })
        await expect(ct.update(tcp(4000), { timeoutSeconds: 1 })).rejects.toMatchObject({ code: 'EPERM' })
      })
    })

    describe('what destroys', () => {
      test('delete removes the entry it names, and says when there is none', async () => {
        for (let port = 1; port <= 5; port++) await make(tcp(port))
        await make(tcp(3, { zone: 9 }))
        await ct.delete((await ct.get(tcp(3)))!)
        await ct.delete(tcp(4))
        expect(await ports()).toEqual([1, 2, 3, 5])
        expect((await ct.get(tcp(3, { zone: 9 })))?.zone).toBe(9)
        await expect(ct.delete(tcp(3))).rejects.toMatchObject({ code: 'ENOENT' })
        await expect(ct.delete(tcp(5, { zone: 9 }))).rejects.toMatchObject({ code: 'ENOENT' })
      })

      test('delete of a flow in a zone removes the one in that zone', async () => {
        await make(tcp(3))
        await make(tcp(3, { zone: 9 }))
        await ct.delete((await ct.get(tcp(3, { zone: 9 })))!)
        expect((await ct.dump().toArray()).map((flow) => flow.zone)).toEqual([0])
      })

      test('delete of a flow leaves a connection with another id alone', async () => {
        await make(tcp(3))
        const flow = (await ct.get(tcp(3)))!
        await ct.delete(flow)
        await make(tcp(3), { nat: { source: { address: '192.0.2.1' } } })
        const successor = (await ct.get(tcp(3)))!
        if (successor.id !== flow.id) await expect(ct.delete(flow)).rejects.toMatchObject({ code: 'ENOENT' })
        expect(await ct.count()).toBe(1)
      })

      test('no call but flush sends a delete without a tuple', async () => {
        await make(tcp(3))
        await make(udp6(4), { mark: 1 })
        const flow = (await ct.get(tcp(3)))!
        sent.length = 0
        await ct.delete(flow)
        await ct.delete(flow).catch(() => {})
        await ct.flush({ source: 'fd00::/8', mark: 1 })
        await expect(ct.delete(undefined as never)).rejects.toMatchObject({ name: 'EncodeError' })
        await expect(ct.delete({ id: flow.id } as never)).rejects.toMatchObject({ name: 'EncodeError' })
        const deletes = sent.filter((message) => u16(message, 4) === conntrackMessage.delete.type)
        expect(deletes).toHaveLength(3)
        // CTA_TUPLE_ORIG, nested, comes first.
        for (const message of deletes) expect(u16(message, 22) & 0x3fff).toBe(1)
      })

      const all = [1, 2, 3, 11, 12, 13]
      const flushes: [string, FlowFilter, number[]][] = [
        ['a mark', { mark: 1 }, [2, 3, 12, 13]],
        ['bits of a mark', { mark: { value: 2, mask: 2 } }, [1, 11]],
        ['the absence of a mark', { mark: 9 }, all],
        ['a family', { family: 'ipv6' }, [1, 2, 3]],
        ['the other family', { family: 'ipv4' }, [11, 12, 13]],
        ['a status', { status: ['assured'] }, [1, 2, 11, 12]],
        ['a zone', { zone: 0 }, [3, 13]],
        ['a network', { source: '10.0.0.0/30' }, [11, 12, 13]],
        ['an IPv6 address', { source: 'fd00::1' }, [1, 2, 3]],
        ['a port', { sourcePort: 12 }, [1, 2, 3, 11, 13]],
        ['a host', { host: '10.0.0.1' }, [11, 12, 13]],
        ['a port at either end', { port: 13 }, [1, 2, 3, 11, 12]],
        ['a protocol and a mark', { protocol: 'tcp', mark: 1 }, [2, 3, 11, 12, 13]],
        ['all but some', { not: { mark: 1 } }, [1, 11]],
      ]
      test.each(flushes)('flush by %s removes exactly what matches', async (_what, filter, left) => {
        for (const port of [1, 2, 3]) {
          const more = { mark: port, ...(port === 3 ? { zone: 7, status: ['assured'] as const } : {}) }
          await make(tcp(port), more)
          await make(udp6(10 + port), more)
        }
        expect(await ports()).toEqual([...all].sort())
        await ct.flush(filter)
        expect(await ports()).toEqual([...left].sort())
      })

      test('flush with a filter that names nothing is refused', async () => {
        await make(tcp(1))
        const vague = [
          {},
          { mark: undefined },
          { family: 'ipv4', mark: undefined },
          { direction: 'either' },
          { status: [] },
        ]
        for (const filter of [...vague, { mark: { value: 0, mask: 0 } }, { marc: 1, family: 'ipv4' }] as FlowFilter[])
          await expect(ct.flush(filter)).rejects.toMatchObject({ name: 'EncodeError' })
        expect(await ct.count()).toBe(1)
      })
    })

    describe('dump', () => {
      const filters: [string, Parameters<ConntrackTable['dump']>[0], number[]][] = [
        ['nothing', {}, [1, 2, 3, 11, 12, 13]],
        ['a family', { family: 'ipv4' }, [1, 2, 3]],
        ['a protocol', { protocol: 'udp' }, [11, 12, 13]],
        ['a protocol and a family', { protocol: 'udp', family: 'ipv4' }, []],
        ['an IPv4 address', { source: '10.0.0.1' }, [1, 2, 3]],
        ['an IPv4 address that is not there', { source: '10.0.0.3' }, []],
        ['an IPv6 address', { source: 'fd00::1' }, [11, 12, 13]],
        ['an IPv6 address that is not there', { source: 'fd00::2' }, []],
        ['a network', { destination: '10.0.0.0/8' }, [1, 2, 3]],
        ['outside a network', { destination: '!10.0.0.0/8' }, [11, 12, 13]],
        ['ports', { protocol: 'tcp', destinationPort: 80, sourcePort: 2 }, [2]],
        [
          'addresses and ports',
          { protocol: 'tcp', source: '10.0.0.1', destination: '10.0.0.2', destinationPort: 80 },
          [1, 2, 3],
        ],
        ['a port range', { sourcePort: { first: 2, last: 11 } }, [2, 3, 11]],
        ['the reply direction', { direction: 'reply', source: '10.0.0.2', sourcePort: 80 }, [1, 2, 3]],
        ['either direction', { direction: 'either', source: '10.0.0.2' }, [1, 2, 3]],
        ['either direction, whole', { direction: 'either', source: '10.0.0.2', sourcePort: 2 }, []],
        ['a host at either end', { host: '10.0.0.2' }, [1, 2, 3]],
        ['a network at either end', { host: 'fd00::/16', direction: 'either' }, [11, 12, 13]],
        ['no such host', { host: '!10.0.0.0/8' }, [11, 12, 13]],
        ['a host that is not there', { host: '10.0.0.3' }, []],
        ['a port at either end', { port: 53 }, [11, 12, 13]],
        ['ports at either end', { port: { first: 2, last: 52 } }, [2, 3, 11, 12, 13]],
        ['a host and a port', { host: '10.0.0.1', port: 3 }, [3]],
        ['a mark', { mark: 2 }, [2, 12]],
        ['mark 0', { mark: 0 }, []],
        ['bits of a mark', { mark: { value: 0, mask: 1 } }, [2, 12]],
        ['a status', { status: ['assured'] }, [3, 13]],
        ['a status that is clear', { status: { clear: ['assured'] } }, [1, 2, 11, 12]],
        ['a zone', { zone: 7 }, [3, 13]],
        ['the default zone', { zone: 0 }, [1, 2, 11, 12]],
        ['a state', { state: 'established' }, [1]],
        ['two conditions', { zone: 7, family: 'ipv6' }, [13]],
        ['a predicate', { where: (flow) => flow.original.sourcePort === 12 }, [12]],
        ['all but some', { not: { family: 'ipv4', mark: 1 } }, [2, 3, 11, 12, 13]],
      ]
      test.each(filters)('by %s', async (_what, filter, expected) => {
        for (const port of [1, 2, 3]) {
          const more = { mark: port, ...(port === 3 ? { zone: 7, status: ['assured'] as const } : {}) }
          await make(tcp(port), { ...more, ...(port === 1 ? { tcp: { state: 'established' } as const } : {}) })
          await make(udp6(10 + port), more)
        }
        expect(await ports(filter)).toEqual([...expected].sort())
      })

      test('gives the same flows one by one and in batches, and ends early when left', async () => {
        for (let port = 1; port <= 300; port++) await make(tcp(port))
        const one: (number | undefined)[] = []
        for await (const flow of ct.dump()) one.push(flow.original.sourcePort)
        const batched: (number | undefined)[] = []
        for await (const batch of ct.dump().batches()) for (const flow of batch) batched.push(flow.original.sourcePort)
        expect(new Set(one).size).toBe(300)
        expect(new Set(batched)).toEqual(new Set(one))
        for await (const flow of ct.dump()) {
          expect(flow.family).toBe(2)
          break
        }
        expect(await ct.count()).toBe(300)
      })

      test('flows of a dump stay readable after it', async () => {
        for (let port = 1; port <= 50; port++) await make(tcp(port))
        const flows = await ct.dump().toArray()
        const before = flows.map((flow) => JSON.stringify(flow))
        await ct.dump().toArray()
        expect(flows.map((flow) => JSON.stringify(flow))).toEqual(before)
        expect(flows.map((flow) => JSON.stringify(flow.copy()))).toEqual(before)
      })

      test('of the dying and unconfirmed lists are empty when nothing dies', async () => {
        await make(tcp(1))
        expect(await ct.dump({}, { list: 'dying' }).toArray()).toEqual([])
        expect(await ct.dump({ mark: 1 }, { list: 'unconfirmed' }).toArray()).toEqual([])
      })

      test('stops when its signal aborts', async () => {
        await make(tcp(1))
        const signal = AbortSignal.abort(new Error('enough'))
        await expect(ct.dump({}, { signal }).toArray()).rejects.toThrow('enough')
      })
    })

    test('explain tells who checks what', async () => {
      const { kernel, here } = await ct.explain({ family: 'ipv4', source: '10.0.0.0/8', mark: 7, label: 3 })
      expect(kernel).toEqual(['family = ipv4', 'mark = 7'])
      expect(here).toEqual(['original source = 10.0.0.0/8', 'label 3'])
      const six = await ct.explain({ family: 'ipv6', source: 'fd00::1' })
      expect(six.here).toEqual(['original source = fd00::1'])
    })

    test('count and stats', async () => {
      await make(tcp(1))
      await make(tcp(2))
      expect(await ct.count()).toBe(2)
      const { entries, maxEntries, processors } = await ct.stats()
      expect(entries).toBe(2)
      expect(maxEntries).toBeGreaterThan(2)
      expect(processors.map(({ processor }) => processor)).toEqual(processors.map((_, i) => i))
      expect(processors.length).toBeGreaterThan(0)
    })

    test('lines are what they were made of', async () => {
      await make(tcp(4000), { mark: 7, status: ['seenReply', 'assured'], tcp: { state: 'timeWait' } })
      await make(echo(9))
      expect(await lines()).toEqual([
        'icmp     1 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=9 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=9 mark=0 use=1',
        'tcp      6 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=4000 dport=80 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=4000 [ASSURED] mark=7 use=1',
      ])
    })

    describe('lookup', () => {
      test('remembers an answer, not its absence', async () => {
        const lookup = ct.lookup()
        expect(await lookup.get(tcp(1))).toBeUndefined()
        await make(tcp(1), { mark: 3 })
        const [flow, same] = await Promise.all([lookup.get(tcp(1)), lookup.get(tcp(1))])
        expect(flow?.mark).toBe(3)
        expect(same).toBe(flow)
        sent.length = 0
        const reversed = { protocol: 'tcp', source: end('10.0.0.2', 80), destination: end('10.0.0.1', 1) } as const
        expect(await lookup.get(reversed)).toBe(flow)
        expect(sent).toEqual([])
      })

      test('sets the connmark where there is an entry', async () => {
        const lookup = ct.lookup()
        expect(await lookup.setMark(tcp(1), 5)).toBe(false)
        await make(tcp(1), { mark: 0xf0 })
        await lookup.get(tcp(1))
        expect(await lookup.setMark(tcp(1), { value: 5, mask: 0xf })).toBe(true)
        expect((await lookup.get(tcp(1)))?.mark).toBe(0xf5)
      })
    })
  })
}
