import { execSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { openMnl } from '@nfkit/mnl-native'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ConntrackTable, openConntrack, type TupleDescription } from '../src/index.ts'
import { tcp } from './behaviour.ts'
import { fill } from './fill.ts'

const setting = (name: string, value: number) => writeFileSync(`/proc/sys/net/netfilter/${name}`, `${value}`)
const rule = (line: string) => execSync(`iptables ${line}`)
const canSet = (() => {
  try {
    setting('nf_conntrack_acct', 1)
    return true
  } catch {
    return false
  }
})()

describe('connections of real traffic', () => {
  let ct: ConntrackTable
  let server: ReturnType<typeof createSocket>
  let client: ReturnType<typeof createSocket>
  let packet: TupleDescription

  beforeAll(async () => {
    execSync('ip link set lo up')
    if (canSet) setting('nf_conntrack_timestamp', 1)
    // Without a rule that asks for the connection, nothing is tracked.
    rule('-A OUTPUT -m conntrack --ctstate INVALID -j DROP')
    rule('-A OUTPUT -m connlabel --label 5 -j ACCEPT')
  })
  afterAll(() => {
    rule('-F')
    if (!canSet) return
    setting('nf_conntrack_acct', 0)
    setting('nf_conntrack_timestamp', 0)
  })
  beforeEach(async () => {
    ct = await openConntrack(openMnl())
    await ct.flush()
    server = createSocket('udp4')
    client = createSocket('udp4')
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
    await new Promise<void>((resolve) => client.bind(0, '127.0.0.1', resolve))
    packet = {
      protocol: 'udp',
      source: { address: '127.0.0.1', port: client.address().port },
      destination: { address: '127.0.0.1', port: server.address().port },
    }
  })
  afterEach(() => {
    ct.close()
    server.close()
    client.close()
  })

  const say = () => new Promise((resolve) => client.send('hello', server.address().port, '127.0.0.1', resolve))

  test.skipIf(!canSet)('are counted, and zeroed when asked to', async () => {
    await say()
    await say()
    const flow = (await ct.get(packet))!
    expect(flow.originalCounters).toEqual({ packets: 2n, bytes: 66n })
    expect(flow.replyCounters).toEqual({ packets: 0n, bytes: 0n })
    expect(flow.startNs).toBeGreaterThan(1_700_000_000_000_000_000n)
    expect((await ct.get(packet, { zero: true }))?.originalCounters?.packets).toBe(2n)
    expect((await ct.get(packet))?.originalCounters?.packets).toBe(0n)
  })

  test.skipIf(!canSet)('a dump zeroes the flows it yields, and no other', async () => {
    await say()
    const other = createSocket('udp4')
    await new Promise((resolve) => other.send('hello', server.address().port, '127.0.0.1', resolve))
    const port = other.address().port
    other.close()
    // A port is compared here, not in the kernel: a dump that zeroes would take both.
    const filter = { sourcePort: client.address().port }
    const zeroed = await ct.dump(filter, { zero: true }).toArray()
    expect(zeroed.map((flow) => flow.originalCounters?.packets)).toEqual([1n])
    const packets = async (sourcePort: number) =>
      (await ct.dump({ sourcePort }).toArray()).map((flow) => flow.originalCounters?.packets)
    expect(await packets(filter.sourcePort)).toEqual([0n])
    expect(await packets(port)).toEqual([1n])
    expect(await ct.dump({ protocol: 'udp', family: 'ipv4' }, { zero: true }).toArray()).toHaveLength(2)
    expect(await packets(port)).toEqual([0n])
  })

  test('are found by a packet of theirs, and marked through it', async () => {
    const lookup = ct.lookup()
    expect(await lookup.get(packet)).toBeUndefined()
    expect(await lookup.setMark(packet, 7)).toBe(false)
    await say()
    expect((await lookup.get(packet))?.mark).toBe(0)
    const answer = { ...packet, source: packet.destination, destination: packet.source }
    expect(await lookup.setMark(answer, 7)).toBe(true)
    expect((await lookup.get(answer))?.mark).toBe(7)
    expect((await ct.get(packet))?.mark).toBe(7)
  })

  test('take labels, since a rule uses them', async () => {
    await say()
    await ct.update(packet, { labels: [1, 5, 127] })
    expect((await ct.get(packet))?.labels).toEqual([1, 5, 127])
    await ct.update(packet, { labels: { set: [2], clear: [5] } })
    expect((await ct.get(packet))?.labels).toEqual([1, 2, 127])
    expect(await ct.dump({ label: 127 }).toArray()).toHaveLength(1)
    expect(await ct.dump({ label: 5 }).toArray()).toHaveLength(0)
    await ct.create({ original: tcp(1), timeoutSeconds: 60, labels: [3] })
    expect((await ct.get(tcp(1)))?.labels).toEqual([3])
    await expect(ct.update(packet, { labels: [128] })).rejects.toMatchObject({
      name: 'EncodeError',
      where: 'CTA_LABELS',
    })
  })

  test('destroy events are kept until they are delivered, when that is asked for', async () => {
    const events = ct.events({ kinds: ['destroy'], reliable: true, receiveBuffer: 4096 })
    const count = 40
    for (let port = 1; port <= count; port++) await ct.create({ original: tcp(port), timeoutSeconds: 60 })
    const seen = new Set<number | undefined>()
    const all = (async () => {
      for await (const event of events) {
        if (event.kind === 'destroy') seen.add(event.flow.original.sourcePort)
        if (seen.size === count) break
      }
    })()
    await ct.flush()
    await all
    expect([...seen].sort((a, b) => a! - b!)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    expect(events.lost).toBeGreaterThan(0)
  })
})

describe('a large table', () => {
  const entries = 200_000
  let ct: ConntrackTable
  beforeAll(async () => {
    ct = await openConntrack(openMnl())
    await ct.flush()
    const transport = openMnl()
    fill(transport, entries)
    transport.close()
  }, 120_000)
  afterAll(async () => {
    await ct.flush()
    ct.close()
  })

  test('is dumped whole, in memory that does not grow with it', { timeout: 120_000 }, async () => {
    expect(await ct.count()).toBe(entries)
    for await (const _ of ct.dump().batches());
    const before = process.memoryUsage()
    let count = 0
    let most = 0
    const marks = new Uint8Array(entries)
    for await (const flow of ct.dump()) {
      marks[flow.mark!] = 1
      if (++count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss)
    }
    expect(count).toBe(entries)
    expect(marks.every((mark) => mark === 1)).toBe(true)
    // The table is 45 MB on the wire, and several times that as objects.
    expect((most - before.rss) / 2 ** 20).toBeLessThan(40)
  })

  test('waits for a slow consumer, and is let go of by one that leaves', { timeout: 120_000 }, async () => {
    let count = 0
    const rss = process.memoryUsage().rss
    for await (const batch of ct.dump().batches()) {
      count += batch.length
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (count > 50_000) break
    }
    expect((process.memoryUsage().rss - rss) / 2 ** 20).toBeLessThan(40)
    expect((await ct.dump({ mark: 77 }).toArray()).map((flow) => flow.mark)).toEqual([77])
  })

  test('is watched', { timeout: 120_000 }, async () => {
    await using watch = ct.watch({}, { resyncSeconds: 0 })
    for await (const batch of watch.batches()) if (batch.some(({ kind }) => kind === 'synced')) break
    expect(watch.size).toBe(entries)
  })
})
