import * as build from '@nfkit/ip-codec/build'
import { errno } from '@nfkit/netlink-codec'
import { nfqa, type QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { describe, expect, test } from 'vitest'
import type { DeliverOptions, KernelOptions, Rule } from '../src/index.ts'
import { Bench, config, numberIn, udp } from './queueing.ts'
import { attribute } from './talk.ts'

const { rows } = nfqa
const queued = (options: DeliverOptions, kernel: KernelOptions = {}, bytes = udp): QueuedPacket =>
  new Bench(kernel).deliver(bytes, options).packets[0]!

describe('what a packet is delivered with, it tells', () => {
  test('a device by its name, and the address of who sent it', () => {
    const packet = queued({ indev: 'eth0', hardwareAddress: 'ea:5a:e6:b6:57:70' })
    expect(numberIn(packet, rows.ifindexIndev.id)).toBe(2)
    expect(packet.get(rows.hwaddr)).toMatchObject({
      hwAddrlen: 6,
      hwAddr: Uint8Array.of(0xea, 0x5a, 0xe6, 0xb6, 0x57, 0x70, 0, 0),
    })
    expect(queued({}).get(rows.hwaddr)).toMatchObject({ hwAddrlen: 6, hwAddr: new Uint8Array(8) })
  })

  test('the devices of its way', () => {
    const devices = (options: DeliverOptions) => {
      const { attrs } = queued(options)
      return [rows.ifindexIndev, rows.ifindexOutdev].map((row) => attrs.find(row.id) >= 0)
    }
    expect(devices({ hook: 'forward', indev: 'lo', outdev: 'eth0' })).toEqual([true, true])
    expect(devices({ hook: 'postrouting', outdev: 'eth0' })).toEqual([false, true])
    expect(devices({ hook: 'prerouting', indev: 'eth0' })).toEqual([true, false])
  })

  test('no address, where the device has no peer', () => {
    const packet = queued({ indev: 'tun0' }, { interfaces: { lo: 1, tun0: { index: 7, peerAddress: null } } })
    expect(numberIn(packet, rows.ifindexIndev.id)).toBe(7)
    expect(packet.get(rows.hwaddr)).toBeUndefined()
  })

  test('its time of arrival, to the microsecond', () => {
    const packet = queued({ hook: 'prerouting', receivedAt: 1_795_429_168_827_409_999n })
    expect(packet.get(rows.timestamp)).toEqual({ sec: 1_795_429_168n, usec: 827_409n })
    expect(queued({ hook: 'prerouting' }).get(rows.timestamp)).toBeUndefined()
  })

  test('a checksum nobody vouches for, where connection tracking does not look at it', () => {
    const ping = build.icmpEcho('127.0.0.1 > 127.0.0.1', { sequence: 1 })
    const info = (options: DeliverOptions, bytes?: Uint8Array) => numberIn(queued(options, {}, bytes), rows.skbInfo.id)
    expect(info({ hook: 'input' })).toBeUndefined()
    expect(info({ hook: 'input', notrack: true }, ping)).toBe(4)
    expect(info({ hook: 'input' }, ping)).toBeUndefined()
    expect(info({ hook: 'output' }, ping)).toBeUndefined()
  })
})

test('what arrives ends where its header says, as IP cuts it; what a raw socket sends does not', async () => {
  const bench = new Bench()
  const padded = Uint8Array.from([...udp, 0, 0, 0])
  const empty = build.udp('[::1]:1 > [::2]:2', { payload: 'behind a length of 0' }).fill(0, 4, 6)
  const sizeOf = (bytes: Uint8Array, options: DeliverOptions) =>
    bench.deliver(bytes, options).packets[0]!.get(rows.payload)?.length
  expect(sizeOf(padded, { hook: 'input' })).toBe(udp.length)
  expect(sizeOf(padded, { hook: 'output' })).toBe(padded.length)
  expect(sizeOf(empty, { hook: 'prerouting' })).toBe(40)
})

test('a local sender is held up once 256 of its small packets wait', async () => {
  const bench = new Bench()
  const sender = bench.kernel.sender()
  const outcomes = Array.from({ length: 256 }, () => sender.send(udp))
  expect(() => sender.send(udp)).toThrow(
    expect.objectContaining({ syscall: 'sendto', code: 'EAGAIN', errno: errno.EAGAIN }),
  )
  bench.packets()
  expect(bench.judge(1, 0)).toBe(0)
  await outcomes[0]
  await Promise.resolve()
  void sender.send(udp)
  expect(() => sender.send(udp)).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
})

test('a rule deleted while its packet waits: ACCEPT and REPEAT still work', async () => {
  const [accept, repeat] = [1, 4]
  for (const value of [accept, repeat]) {
    const bench = new Bench()
    const rule = bench.kernel.rules.add({ hook: 'input', queue: 0 })
    const { outcome } = bench.deliver()
    rule.remove()
    expect(bench.judge(1, value)).toBe(0)
    expect(await outcome).toMatchObject({ verdict: 'accept' })
  }
})

test('a rule sets a mark, or some bits of it', async () => {
  const { kernel } = new Bench()
  const rule = kernel.rules.add({ hook: 'input', setMark: { value: 0x100, mask: 0xf00 } })
  expect(await kernel.deliver(udp, { queue: null, mark: 0x231 })).toMatchObject({ mark: 0x131 })
  rule.remove()
  kernel.rules.add({ hook: 'input', setMark: 7 })
  expect(await kernel.deliver(udp, { queue: null, mark: 0x231 })).toMatchObject({ mark: 7 })
})

test('a rule spreads packets over its queues by their addresses, the same both ways', () => {
  const bench = new Bench()
  for (let number = 1; number < 8; number++) bench.config(number, config.bind, config.params(2))
  bench.kernel.rules.add({ hook: 'input', queue: { first: 0, count: 8 } })
  const queueOf = (ends: string) => {
    bench.deliver(build.udp(ends))
    return bench.kernel.pending.at(-1)!.queue
  }
  const used = new Set<number>()
  for (let host = 1; host < 100; host++) {
    const there = queueOf(`10.0.0.${host}:1 > 10.0.0.200:2`)
    used.add(there)
    expect(queueOf(`10.0.0.200:3 > 10.0.0.${host}:4`)).toBe(there)
  }
  expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

describe('a rule is about packets with', () => {
  const packet = build.udp('10.0.0.1:1000 > 10.0.0.2:53')
  const six = build.udp('[fd00::1]:1000 > [fd00::2]:53')
  const way = { hook: 'forward', indev: 'lo', outdev: 'eth0', mark: 0x11, queue: null } as const
  test.each<[string, Partial<Rule>, Partial<Rule>]>([
    ['a protocol', { protocol: 'udp' }, { protocol: 6 }],
    ['a source port', { sourcePort: 1000 }, { sourcePort: 53 }],
    ['a destination port', { destinationPort: 53 }, { destinationPort: 1000 }],
    ['a source', { source: '10.0.0.1' }, { source: '10.0.0.2/31' }],
    ['a destination', { destination: '10.0.0.2/31' }, { destination: '10.0.0.1' }],
    ['a device they come in on', { indev: 'lo' }, { indev: 'eth0' }],
    ['a device they leave by', { outdev: 'eth0' }, { outdev: 'lo' }],
    ['a mark', { mark: { value: 1, mask: 0xf } }, { mark: 1 }],
    ['a state', { state: 'new' }, { state: 'established' }],
    ['a direction', { direction: 'original' }, { direction: 'reply' }],
  ])('%s', async (_, yes, no) => {
    const { kernel } = new Bench()
    const [matching, other] = [yes, no].map((rule) => kernel.rules.add({ hook: 'forward', ...rule }))
    await kernel.deliver(packet, way)
    expect([matching!.matched, other!.matched]).toEqual([1, 0])
  })

  test('ports, of which no more is there', async () => {
    const { kernel } = new Bench()
    const rule = kernel.rules.add({ hook: 'forward', destinationPort: 53 })
    for (const length of [24, 23]) await kernel.deliver(packet.subarray(0, length), way)
    expect(rule.matched).toBe(1)
  })

  test('addresses of IPv6', async () => {
    const { kernel } = new Bench()
    const rules = [
      { source: 'fd00::1' },
      { destination: 'fd00::2/127' },
      { source: 'fd00::2' },
      { destination: 'fd00::1' },
    ]
    const placed = rules.map((rule) => kernel.rules.add({ hook: 'forward', ...rule }))
    await kernel.deliver(six, way)
    await kernel.deliver(packet, way)
    expect(placed.map(({ matched }) => matched)).toEqual([1, 1, 0, 0])
  })
})

test('a rewrite that is no IP packet keeps the protocol it had', async () => {
  const bench = new Bench()
  bench.kernel.rules.add({ hook: 'input', queue: 0 })
  const later = bench.kernel.rules.add({ hook: 'input', table: 'security', protocol: 'udp', verdict: 'drop' })
  const { outcome } = bench.deliver()
  bench.judge(1, 1, attribute(10, udp.with(0, 0x05)))
  expect(await outcome).toMatchObject({ verdict: 'drop', reason: 'rule' })
  expect(later.matched).toBe(1)
})

test('a frame that holds no IP may be cut to nothing', async () => {
  const bench = new Bench()
  const outcome = bench.kernel.deliver(Uint8Array.of(1, 2, 3), { family: 'bridge', hook: 'input', queue: 0 })
  expect(bench.judge(1, 1, attribute(10, ''))).toBe(0)
  expect(await outcome).toMatchObject({ verdict: 'accept', payload: new Uint8Array(0) })
})

test('an interface that is down is down by its name and by its index', () => {
  const { kernel } = new Bench()
  kernel.interfaceDown('eth0')
  expect([kernel.interfaces.get('eth0').up, kernel.interfaces.get(2).up]).toEqual([false, false])
  kernel.interfaceUp(2)
  expect([kernel.interfaces.get('eth0').up, kernel.interfaces.get(2).up]).toEqual([true, true])
})

test('a rule refuses queues that cannot be', () => {
  const { kernel } = new Bench()
  for (const queue of [{ first: 65_535, count: 2 }, { first: 0, count: 0 }, -1, 65_536])
    expect(() => kernel.rules.add({ hook: 'input', queue })).toThrow(RangeError)
})
