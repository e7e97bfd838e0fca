import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openMnl } from '@nfkit/mnl-native'
import { formatFlow } from '@nfkit/netlink-codec/conntrack'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tcpExchange, udpListener } from '../../../test/host.ts'
import { type ConntrackTable, type FlowEvent, openConntrack, type ZonedTuple } from '../src/index.ts'
import { kernelWorld } from './suites/kernel-world.ts'
import { conntrack, listenWithTool, tool, toolMissing } from './tool.ts'

const missing = toolMissing()
const end = (address: string, port?: number) => ({ address, port })
/** Timeouts count down between two looks, and ages up. */
const settled = (line: string) =>
  line
    .replace(/^(\S+ +\d+) \d+ /, '$1 T ')
    .replace(/ delta-time=\d+/, '')
    .replace(/ use=\d+/, '')
const sorted = (lines: readonly string[]) => lines.map(settled).sort()

describe.skipIf(missing)(`against the reference tool, with traffic${missing ? `: ${missing}` : ''}`, () => {
  const world = missing ? undefined : kernelWorld()
  let ct: ConntrackTable
  beforeAll(async () => {
    ct = await openConntrack(openMnl())
    for (const tool of ['iptables', 'ip6tables'])
      execFileSync(tool, ['-A', 'OUTPUT', '-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP'])
  })
  afterAll(() => {
    world?.clear()
    ct.close()
  })
  beforeEach(() => ct.flush())
  const ours = async () => sorted((await ct.dump().toArray()).map(String))

  test('events of packets, line by line', async () => {
    const listener = await listenWithTool('-o', 'id,extended')
    const events = ct.events()
    await world!.send(5000)
    for (const host of ['127.0.0.1', '::1']) {
      await tcpExchange(host, 5001, Buffer.from('question'), Buffer.from('answer'))
      using _listener = await udpListener(host, 5002)
      execFileSync('ping', ['-c', '2', '-i', '0.2', '-q', host])
    }
    await ct.flush()
    const reference = (await listener.stop()).map((line) => line.replace(/ progname=.*/, ''))
    events.close()
    const seen: FlowEvent[] = []
    for await (const event of events) if ('flow' in event) seen.push(event)
    const lines = seen.map(({ kind, flow, portId }) =>
      formatFlow(flow, { event: kind, extended: true, id: true, portId }),
    )
    expect(lines).toEqual(reference)
    const of = (protocol: number) => seen.filter(({ flow }) => flow.protocol === protocol)
    // New, then an update for each state it passes, then its end; twice.
    expect(of(6).length).toBeGreaterThanOrEqual(2 * 6)
    expect(of(1).length).toBeGreaterThanOrEqual(3)
    expect(of(58).length).toBeGreaterThanOrEqual(3)
    if (world!.uncounted) return
    const destroyed = lines.filter((line) => line.startsWith('[DESTROY]'))
    for (const line of destroyed) expect(line).toMatch(/packets=[1-9]\d* bytes=[1-9]\d*.* delta-time=\d+/)
  })

  test('entries of packets, with counters, times and a helper', async () => {
    world!.give({ sourcePort: 5003, helper: 'tftp' })
    for (const port of [5003, 5004]) await world!.send(port)
    await tcpExchange('127.0.0.1', 5005, Buffer.from('question'), Buffer.from('answer'))
    await setTimeout(50)
    const lines = await ours()
    expect(lines).toHaveLength(3)
    expect(lines).toEqual(sorted(tool('-L')))
    expect(lines.filter((line) => line.includes(' helper=tftp'))).toHaveLength(1)
  })

  test('a timeout policy that a rule uses is counted, and cannot be deleted', async ({ skip }) => {
    const policy = { name: 'brief', family: 'ipv4', protocol: 'udp', seconds: { unreplied: 7 } } as const
    await ct.timeouts.create(policy)
    const use = async () => (await ct.timeouts.get('brief'))?.use ?? 0
    const before = await use()
    world!.give({ sourcePort: 5007, timeoutPolicy: 'brief' })
    expect(await use()).toBeGreaterThan(before)
    const error = await ct.timeouts.delete('brief').catch((error: unknown) => error)
    if (error === undefined) skip('kernel: it lets go of policies that rules use')
    expect(error).toMatchObject({ code: 'EBUSY', advice: expect.stringContaining('a rule uses') })
    await ct.timeouts.flush()
    expect((await ct.timeouts.list()).map(({ name }) => name)).toEqual(['brief'])
    world!.clear()
    await expect
      .poll(
        () =>
          ct.timeouts.delete('brief').then(
            () => 'gone',
            (error) => error.code,
          ),
        { timeout: 20_000 },
      )
      .toBe('gone')
  })

  test('zeroed counters are those the tool then finds', async ({ skip }) => {
    if (world!.uncounted) skip(world!.uncounted)
    await world!.send(5006)
    await ct.dump({}, { zero: true }).toArray()
    expect(tool('-L')[0]).toContain(' packets=0 bytes=0 ')
    await world!.send(5006)
    tool('-L -z')
    const [flow] = await ct.dump().toArray()
    expect(flow?.originalCounters).toEqual({ packets: 0n, bytes: 0n })
  })

  test('labels, both ways', async () => {
    world!.label()
    // The tool knows labels by the names in /etc/xtables/connlabel.conf, and no others.
    const work = mkdtempSync(join(tmpdir(), 'nfkit-'))
    const script = `
      mount -t tmpfs tmpfs ${work} && mkdir ${work}/upper ${work}/work
      mount -t overlay overlay -o lowerdir=/etc,upperdir=${work}/upper,workdir=${work}/work /etc
      mkdir -p /etc/xtables; printf '3 three\n5 five\n' > /etc/xtables/connlabel.conf
      conntrack "$@"`
    const labelled = (line: string) =>
      execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', ...line.split(' ')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    const names = (label: number) => ({ 3: 'three', 5: 'five' })[label]
    const check = async (expected: string) => {
      const [flow] = await ct.dump({ label: 5 }).toArray()
      const line = formatFlow(flow!, { labels: names })
      expect(line).toContain(` labels=${expected}`)
      expect([settled(line)]).toEqual(sorted(labelled('-L -o labels').trim().split('\n')))
      expect(await ct.dump({ label: 4 }).toArray()).toEqual([])
    }
    const original: ZonedTuple = {
      protocol: 'udp',
      source: end('192.0.2.1', 7),
      destination: end('192.0.2.2', 8),
    }
    labelled('-I -p udp -s 192.0.2.1 -d 192.0.2.2 --sport 7 --dport 8 -t 600 --label-add five')
    await check('five')
    await ct.flush()
    await ct.create({ original, timeoutSeconds: 600, labels: [3, 5] })
    await check('three,five')
  })

  test('expectations, both ways', async () => {
    const master: ZonedTuple = {
      protocol: 'udp',
      source: end('10.0.0.1', 4000),
      destination: end('10.0.0.2', 69),
    }
    const tuple = { protocol: 'udp', source: end('10.0.0.2', 10), destination: end('10.0.0.1', 300) } as const
    await ct.create({ original: master, timeoutSeconds: 600, helper: 'tftp' })
    tool(
      '-I expect --orig-src 10.0.0.1 --orig-dst 10.0.0.2 -p udp --orig-port-src 4000 --orig-port-dst 69 -t 200 --tuple-src 10.0.0.2 --tuple-dst 10.0.0.1 --tuple-port-src 10 --tuple-port-dst 300 --mask-src 0.0.0.0 --mask-dst 255.255.255.255 --mask-port-src 0 --mask-port-dst 65535',
    )
    const listed = () => tool('-L expect').map((line) => line.replace(/^\d+/, 'T'))
    const theirs = listed()
    expect(theirs).toHaveLength(1)
    const read = (await ct.expectations.get(tuple))!
    expect(read.master.sourcePort).toBe(4000)
    expect([read.tuple.sourcePort, read.tuple.destinationPort]).toEqual([10, 300])
    expect([read.mask.source.address, read.mask.destination.address]).toEqual(['0.0.0.0', '255.255.255.255'])
    expect(read.helper).toBe('tftp')
    await ct.expectations.delete(read)
    expect(listed()).toEqual([])
    await ct.expectations.create({ tuple, master })
    expect(listed()).toEqual(theirs)
    tool('-F expect')
    expect(await ct.expectations.get(tuple)).toBeUndefined()
  })

  test('the live view is what the tool lists, after an overrun lost what was made, changed and deleted', async () => {
    const udp = (port: number): ZonedTuple => ({
      protocol: 'udp',
      source: end('10.0.0.1', port),
      destination: end('10.0.0.2', 53),
    })
    const make = (port: number) => ct.create({ original: udp(port), timeoutSeconds: 600 })
    const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
    await using _listener = ct.events()
    await Promise.all(range(1, 300).map(make))
    await using watch = ct.watch({}, { receiveBuffer: 4096, resyncSeconds: 0 })
    const batches = watch.batches()[Symbol.asyncIterator]()
    /** The view as its changes tell it. */
    const told = new Map<string, string>()
    const synced = async () => {
      let gap = false
      for (;;) {
        const { value } = await batches.next()
        let done = false
        for (const change of value ?? []) {
          gap ||= change.kind === 'gap'
          done ||= change.kind === 'synced'
          if (!('flow' in change)) continue
          const key = `${change.flow.original.sourcePort}`
          expect(change.kind === 'added').toBe(!told.has(key))
          if (change.kind === 'removed') told.delete(key)
          else told.set(key, `${key} ${change.flow.mark ?? 0}`)
        }
        if (done) return gap
      }
    }
    await synced()
    await Promise.all([
      ...range(301, 600).map(make),
      ...range(101, 200).map((port) => ct.update(udp(port), { mark: port })),
      ...range(1, 100).map((port) => ct.delete(udp(port))),
    ])
    conntrack('-D', '-s', '10.0.0.1', '-p', 'udp', '--sport', '577')
    expect(await synced()).toBe(true)
    // Nothing differs any more once all is quiet.
    watch.resync()
    await synced()
    const lines = sorted(tool('-L'))
    expect(lines).toHaveLength(499)
    expect(sorted([...watch.flows()].map(String))).toEqual(lines)
    const marks = lines.map((line) => `${/sport=(\d+)/.exec(line)?.[1]} ${/mark=(\d+)/.exec(line)?.[1]}`)
    expect([...told.values()].sort()).toEqual(marks.sort())
  })
})
