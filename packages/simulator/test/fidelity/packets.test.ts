import { formatHex } from '@nfkit/inet'
import { errno, u32 } from '@nfkit/netlink-codec'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import type { DeliverOptions } from '../../src/index.ts'
import { attributeIds, Bench, config, numberIn, udp } from '../queueing.ts'
import { attribute, drain, hex } from '../talk.ts'

const { rows } = nfqa
const names = (ids: readonly number[]) => ids.map((id) => nfqa.byId[id]!.key)

/** Names of the attributes one packet comes with. */
function attributesOf(options: DeliverOptions, settings: readonly Uint8Array[] = [], bytes = udp, kernel = {}) {
  const bench = new Bench(kernel)
  if (settings.length > 0) expect(bench.config(0, ...settings)).toBe(0)
  const { packets } = bench.deliver(bytes, options)
  return { names: names(attributeIds(packets[0]!)), packet: packets[0]!, bench }
}

const gso = [config.flags(4), config.mask(4)]
const meta = [config.params(1)]

test('F-060 packets have no sequence, sender and flags, one in a datagram, unpadded', () => {
  const bench = new Bench()
  for (let i = 0; i < 2; i++) void bench.kernel.deliver(udp, { indev: 'eth0' })
  const datagrams = drain(bench.socket) as Uint8Array[]
  expect(datagrams).toHaveLength(2)
  for (const bytes of datagrams) {
    expect(formatHex(bytes.subarray(4, 20))).toBe('0003000000000000000000000200'.padEnd(32, '0'))
    expect(u32(bytes, 0)).toBe(bytes.length)
    expect(bytes.length % 4).toBe(1)
    expect(formatHex(bytes.subarray(-33))).toBe(formatHex(udp))
  }
})

test('F-061 a local UDP packet at OUTPUT: its header, device and payload; in mode meta its checksum is not ready', () => {
  expect(attributesOf({ hook: 'output' }).names).toEqual(['packetHdr', 'ifindexOutdev', 'payload'])
  const { names: inMeta, packet } = attributesOf({ hook: 'output' }, meta)
  expect(inMeta).toEqual(['packetHdr', 'ifindexOutdev', 'skbInfo'])
  expect(numberIn(packet, rows.skbInfo.id)).toBe(1)
  const { names: all } = attributesOf(
    {
      hook: 'prerouting',
      mark: 1,
      priority: 2,
      receivedAt: 1n,
      uid: 3,
      gid: 4,
      classid: 5,
      checksum: 'unverified',
      notrack: true,
      queue: 0,
    },
    [config.flags(8), config.mask(8), config.params(2, 20)],
  )
  expect(all).toEqual([
    'packetHdr',
    'ifindexIndev',
    'mark',
    'priority',
    'hwaddr',
    'timestamp',
    'uid',
    'gid',
    'cgroupClassid',
    'capLen',
    'skbInfo',
    'payload',
  ])
})

test('F-062 devices and hardware addresses by hook', () => {
  for (const hook of ['input', 'prerouting'] as const) {
    const { names: veth, packet } = attributesOf({ hook, indev: 'eth0', hardwareAddress: 'ea:5a:e6:b6:57:70' })
    expect(veth).toEqual(['packetHdr', 'ifindexIndev', 'hwaddr', 'payload'])
    expect(numberIn(packet, rows.ifindexIndev.id)).toBe(2)
    const at = packet.attrs.find(rows.hwaddr.id) + 4
    expect(formatHex(packet.bytes.subarray(at, at + 12))).toBe('00060000ea5ae6b657700000')
    const { packet: onLo } = attributesOf({ hook })
    expect(onLo.get(rows.hwaddr)).toMatchObject({ hwAddrlen: 6, hwAddr: new Uint8Array(8) })
  }
  const devices = { indev: 'lo', outdev: 'eth0' }
  expect(attributesOf({ hook: 'forward', ...devices }).names.slice(0, 3)).toEqual([
    'packetHdr',
    'ifindexIndev',
    'ifindexOutdev',
  ])
  expect(attributesOf({ hook: 'postrouting', outdev: 'eth0' }).names).toEqual(['packetHdr', 'ifindexOutdev', 'payload'])
  const tun = { interfaces: { lo: 1, eth0: 2, tun0: { index: 7, peerAddress: null } } }
  expect(attributesOf({ indev: 'tun0' }, [], udp, tun).names).toEqual(['packetHdr', 'ifindexIndev', 'payload'])
})

test('F-063 mark and priority only when they are not 0', () => {
  expect(attributesOf({ mark: 0, priority: 0 }).names).not.toContain('mark')
  const { names: both, packet } = attributesOf({ mark: 0xffff_ffff, priority: 6 })
  expect(both.slice(0, 5)).toEqual(['packetHdr', 'ifindexIndev', 'mark', 'priority', 'hwaddr'])
  expect([numberIn(packet, rows.mark.id), numberIn(packet, rows.priority.id)]).toEqual([0xffff_ffff, 6])
})

test('F-064 receive times only at the first three hooks, and only when something asked for them', () => {
  const receivedAt = 0x6b041330n * 1_000_000_000n + 0xca011n * 1000n
  const { packet } = attributesOf({ hook: 'prerouting', indev: 'eth0', receivedAt })
  expect(packet.get(rows.timestamp)).toEqual({ sec: 0x6b041330n, usec: 0xca011n })
  for (const hook of ['input', 'forward'] as const)
    expect(attributesOf({ hook, receivedAt }).names).toContain('timestamp')
  for (const hook of ['output', 'postrouting'] as const)
    expect(attributesOf({ hook, receivedAt }).names).not.toContain('timestamp')
  expect(attributesOf({ hook: 'prerouting' }).names).not.toContain('timestamp')
})

test('F-065 a packet longer than the range is cut, and its length told', () => {
  const { packet, names: cut } = attributesOf({ hook: 'output' }, [config.params(2, 24)])
  expect(cut).toEqual(['packetHdr', 'ifindexOutdev', 'capLen', 'payload'])
  expect(packet.payloadLength).toBe(24)
  expect(numberIn(packet, rows.capLen.id)).toBe(33)
  for (const range of [33, 34])
    expect(attributesOf({ hook: 'output' }, [config.params(2, range)]).names).not.toContain('capLen')
  const { names: withInfo } = attributesOf({ hook: 'output' }, [config.params(2, 24), ...gso])
  expect(withInfo).toEqual(['packetHdr', 'ifindexOutdev', 'capLen', 'skbInfo', 'payload'])
})

/** A TCP super-packet of 7292 bytes: headers of 20 + 32, five segments of 1448. */
function superPacket(): Uint8Array {
  const bytes = new Uint8Array(7292)
  bytes.set(
    hex(
      '4500 1c7c 1234 4000 4006 0000 0a000001 0a000002  9c40 0016 00000064 00000001 8018 0200 0000 0000 0101080a 00000001 00000002',
    ),
  )
  for (let i = 52; i < bytes.length; i++) bytes[i] = i
  return bytes
}

test('F-066 super-packets are cut into segments, unless the queue takes them whole', async () => {
  const bench = new Bench()
  const { packets, outcome } = bench.deliver(superPacket(), { hook: 'output', segmentSize: 1448 })
  expect(packets.map(({ id, payloadLength }) => [id, payloadLength])).toEqual([
    [1, 1500],
    [2, 1500],
    [3, 1500],
    [4, 1500],
    [5, 1500],
  ])
  expect(packets.map(({ payload }) => formatHex(payload.subarray(24, 28)))).toEqual([
    '00000064',
    '0000060c',
    '00000bb4',
    '0000115c',
    '00001704',
  ])
  expect(packets.map(({ payload }) => payload[33])).toEqual([0x10, 0x10, 0x10, 0x10, 0x18])
  for (const id of [1, 2, 3, 4]) expect(bench.judge(id, 1)).toBe(0)
  bench.judge(5, 0)
  expect(await outcome).toMatchObject({
    verdict: 'drop',
    segments: [{}, {}, {}, { verdict: 'accept' }, { verdict: 'drop' }],
  })

  const { packet } = attributesOf({ hook: 'output', segmentSize: 1448 }, gso, superPacket())
  expect(packet.payloadLength).toBe(7292)
  expect(numberIn(packet, rows.skbInfo.id)).toBe(3)
})

test('F-067 with UID_GID local packets carry the ids of their sender', () => {
  const flags = [config.flags(8), config.mask(8)]
  const { packet, names: local } = attributesOf({ hook: 'output', uid: 0, gid: 1000 }, flags)
  expect(local).toEqual(['packetHdr', 'ifindexOutdev', 'uid', 'gid', 'payload'])
  expect([numberIn(packet, rows.uid.id), numberIn(packet, rows.gid.id)]).toEqual([0, 1000])
  expect(attributesOf({ hook: 'output' }, flags).names).not.toContain('uid')
  expect(attributesOf({ hook: 'output', uid: 0, gid: 0 }).names).not.toContain('uid')
})

test('F-068 ids count from 1 in each queue; an overrun uses one up, a full queue does not', () => {
  const bench = new Bench()
  bench.config(9, config.bind, config.params(2))
  expect([0, 9, 0, 9].map((queue) => bench.deliver(udp, { queue }).packets[0]?.id)).toEqual([1, 1, 2, 2])
  bench.config(0, config.maxLength(2))
  bench.deliver()
  bench.config(0, config.maxLength(1024))
  expect(bench.deliver().packets[0]?.id).toBe(3)
  bench.socket.resize({ receive: 1 })
  for (let i = 0; i < 5; i++) void bench.kernel.deliver(udp)
  expect(bench.packets().map(({ id }) => id)).toEqual([4, 5])
  expect(bench.deliver().packets[0]?.id).toBe(9)
})

const bridge = { interfaces: { lo: 1, p1: { index: 2, bridge: 'br0' }, p2: { index: 3, bridge: 'br0' }, br0: 4 } }
const linkHeader = hex('020000000003 020000000002 0800')

test('F-069 in the bridge family ports come before the bridge, and the link layer before the payload', () => {
  const options: DeliverOptions = {
    family: 'bridge',
    hook: 'forward',
    indev: 'p1',
    outdev: 'p2',
    linkHeader,
    vlan: { tci: 5, proto: 0x8100 },
  }
  const { packet, names: all } = attributesOf(options, [], udp, { ...bridge, profile: 'debian-6.1' })
  expect(all).toEqual([
    'packetHdr',
    'ifindexPhysindev',
    'ifindexIndev',
    'ifindexPhysoutdev',
    'ifindexOutdev',
    'hwaddr',
    'vlan',
    'l2hdr',
    'payload',
  ])
  expect(packet.family).toBe(7)
  expect([7, 5, 8, 6].map((id) => numberIn(packet, id))).toEqual([2, 4, 3, 4])
  const at = packet.attrs.find(rows.vlan.id)
  expect(formatHex(packet.bytes.subarray(at, at + 20))).toBe(
    '140013800600020000050000060001008100 0000'.replaceAll(' ', ''),
  )
  expect(packet.get(rows.l2hdr)).toEqual(linkHeader)
})

test('F-070 bridged IP packets name the bridge as their device, and its ports besides', () => {
  const options: DeliverOptions = {
    hook: 'forward',
    indev: 'br0',
    physindev: 'p1',
    outdev: 'br0',
    physoutdev: 'p2',
    checksum: 'unverified',
    notrack: true,
  }
  const { packet, names: all } = attributesOf(options, [], udp, bridge)
  expect(all).toEqual([
    'packetHdr',
    'ifindexIndev',
    'ifindexPhysindev',
    'ifindexOutdev',
    'ifindexPhysoutdev',
    'hwaddr',
    'skbInfo',
    'payload',
  ])
  expect([5, 7, 6, 8, 14].map((id) => numberIn(packet, id))).toEqual([4, 2, 4, 3, 4])
  expect(packet.family).toBe(2)
})

test('F-071 without a listener a packet is dropped, or passes by; in mode none it is dropped', async () => {
  const bench = new Bench({}, 0, 0)
  expect(await bench.kernel.deliver(udp, { queue: 5 })).toMatchObject({ verdict: 'drop', reason: 'no listener' })
  expect(await bench.kernel.deliver(udp, { queue: 5, bypass: true })).toMatchObject({
    verdict: 'accept',
    reason: 'bypass',
  })
  for (const bypass of [false, true])
    expect(await bench.kernel.deliver(udp, { bypass })).toMatchObject({ verdict: 'drop', reason: 'copy mode none' })
  expect([bench.proc(5), bench.proc(6), bench.proc(7)]).toEqual([0, 0, 0])
})

test('F-072 a full queue drops and counts, or lets pass when told to', async () => {
  const bench = new Bench()
  bench.config(0, config.maxLength(1))
  void bench.kernel.deliver(udp)
  for (const bypass of [false, true])
    expect(await bench.kernel.deliver(udp, { bypass })).toMatchObject({
      verdict: 'drop',
      reason: 'queue full',
      queues: [],
    })
  expect(bench.proc(5)).toBe(2)
  bench.packets()
  bench.config(0, config.flags(1), config.mask(1))
  expect(await bench.kernel.deliver(udp)).toMatchObject({ verdict: 'accept', reason: 'fail open' })
  expect(bench.proc(5)).toBe(2)
})

test('F-073 what the socket refuses is dropped and counted, or let pass', async () => {
  const bench = new Bench()
  bench.socket.resize({ receive: 1 })
  const refused = () => {
    for (let i = 0; i < 2; i++) void bench.kernel.deliver(udp)
    return bench.kernel.deliver(udp)
  }
  expect(await refused()).toMatchObject({ verdict: 'drop', reason: 'socket full' })
  expect([bench.proc(2), bench.proc(5), bench.proc(6), bench.proc(7)]).toEqual([2, 0, 1, 3])
  drain(bench.socket)
  bench.config(0, config.flags(1), config.mask(1))
  expect(await refused()).toMatchObject({ verdict: 'accept', reason: 'fail open' })
  expect([bench.proc(6), bench.proc(7)]).toEqual([1, 6])
})

test('F-074 maxlen 0 drops everything; a lower one keeps what waits', async () => {
  const bench = new Bench()
  bench.deliver()
  bench.deliver()
  bench.config(0, config.maxLength(0))
  expect(await bench.kernel.deliver(udp)).toMatchObject({ verdict: 'drop', reason: 'queue full' })
  expect(bench.proc(2)).toBe(2)
  expect(bench.judge(2, 1)).toBe(0)
})

test('F-075 a local sender is held up once 256 of its small packets wait', async () => {
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

test('F-076 packets wait for ever', () => {
  const bench = new Bench()
  bench.deliver()
  bench.kernel.advance(10 * 365 * 86_400)
  expect(bench.kernel.pending).toMatchObject([{ queue: 0, id: 1 }])
  expect(bench.judge(1, 1)).toBe(0)
  expect(bench.kernel.pending).toEqual([])
})

test('a packet nobody vouches for shows it; one queued again does', () => {
  const bench = new Bench()
  const first = bench.deliver(udp, { hook: 'input' }).packets[0]!
  expect(numberIn(first, rows.skbInfo.id)).toBeUndefined()
  bench.judge(1, 3)
  const icmp = hex('4500001c000000004001 0000 7f000001 7f000001 0800 0000 0001 0001')
  expect(numberIn(bench.deliver(icmp, { hook: 'input', notrack: true }).packets[0]!, rows.skbInfo.id)).toBe(4)
  expect(numberIn(bench.deliver(icmp, { hook: 'input' }).packets[0]!, rows.skbInfo.id)).toBeUndefined()
  expect(numberIn(bench.deliver(icmp, { hook: 'output' }).packets[0]!, rows.skbInfo.id)).toBeUndefined()
  expect(attribute(1, '00')).toHaveLength(8)
})
