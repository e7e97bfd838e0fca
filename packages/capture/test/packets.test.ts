import { icmpEcho, tcp } from '@nfkit/ip-codec/build'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  big,
  type CapturedPacket,
  type CaptureRecord,
  capturedPacket,
  linktype,
  little,
  NotAPacket,
  type PacketOptions,
} from '../src/index.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))
const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))

/** UDP 192.0.2.1:1025 > 198.51.100.1:53, and the same over IPv6. */
const ipv4 = hex('4500001c000100004011f6af c0000201 c6336401 0401 0035 0008 abcd')
const ipv6 = hex('6000000000081140 20010db8000000000000000000000001 20010db8000000000000000000000002 040100350008abcd')
const mac = hex('020000000001')

function record(type: number, bytes: Uint8Array, more: Partial<CaptureRecord> = {}): CaptureRecord {
  const at = { index: 0, linktype: type, snapLength: 0, name: 'eth0', description: undefined }
  return {
    file: 'capture',
    number: 1,
    offset: 24,
    timestampNs: 5_000_000_000n,
    linktype: type,
    interface: at,
    bytes,
    originalLength: bytes.length,
    direction: undefined,
    comment: undefined,
    ...more,
  }
}

const packetIn = (at: CaptureRecord, options?: PacketOptions): CapturedPacket => {
  const packet = capturedPacket(at, options)
  if (packet instanceof NotAPacket) throw new Error(packet.reason)
  return packet
}
const reasonOf = (type: number, bytes: Uint8Array, more?: Partial<CaptureRecord>): string => {
  const packet = capturedPacket(record(type, bytes, more))
  if (!(packet instanceof NotAPacket)) throw new Error('a packet')
  return packet.reason
}

const ethernet = (type: string, ...rest: Uint8Array[]) => join(hex('020000000002'), mac, hex(type), ...rest)
const cooked = (packetType: string, type: string) => hex(`${packetType} 0001 0006 020000000001 0000 ${type}`)
const cooked2 = (packetType: string, type: string) =>
  hex(`${type} 0000 00000007 0001 ${packetType} 06 020000000001 0000`)

describe('every link layer gives its IP packet', () => {
  test.each<[string, number, Uint8Array]>([
    ['Ethernet', linktype.ethernet, ethernet('0800', ipv4)],
    ['Ethernet, padded to its shortest', linktype.ethernet, ethernet('0800', ipv4, new Uint8Array(18))],
    ['Ethernet with a VLAN tag', linktype.ethernet, ethernet('8100 0005 0800', ipv4)],
    ['Ethernet with two', linktype.ethernet, ethernet('88a8 0007 8100 0005 0800', ipv4)],
    ['Ethernet with PPPoE', linktype.ethernet, ethernet('8864', hex('1100 0001 001e 0021'), ipv4)],
    ['PPP', linktype.ppp, join(hex('ff03 0021'), ipv4)],
    ['PPP, its header compressed', linktype.ppp, join(hex('21'), ipv4)],
    ['PPP in HDLC framing', linktype.pppHdlc, join(hex('ff03 0021'), ipv4)],
    ['Cisco HDLC, numbered 9', linktype.ppp, join(hex('8f00 0800'), ipv4)],
    ['Cisco HDLC, numbered 50', linktype.pppHdlc, join(hex('0f00 0800'), ipv4)],
    ['Cisco HDLC', linktype.ciscoHdlc, join(hex('0f00 0800'), ipv4)],
    ['PPPoE', linktype.pppEther, join(hex('1100 0001 001e 0021'), ipv4)],
    ['raw', linktype.raw, ipv4],
    ['raw, numbered 12', linktype.rawBsd, ipv4],
    ['raw, numbered 14', linktype.rawOpenBsd, ipv4],
    ['IPv4', linktype.ipv4, ipv4],
    ['Linux cooked', linktype.linuxCooked, join(cooked('0000', '0800'), ipv4)],
    ['Linux cooked with a VLAN tag', linktype.linuxCooked, join(cooked('0000', '8100'), hex('0005 0800'), ipv4)],
    ['Linux cooked 2', linktype.linuxCooked2, join(cooked2('00', '0800'), ipv4)],
    ['null from a little-endian host', linktype.null, join(hex('02000000'), ipv4)],
    ['null from a big-endian host', linktype.null, join(hex('00000002'), ipv4)],
    ['loop', linktype.loop, join(hex('00000002'), ipv4)],
  ])('%s', (_, type, bytes) => {
    expect(packetIn(record(type, bytes))).toMatchObject({ bytes: ipv4, family: 2 })
  })

  test.each<[string, number, Uint8Array]>([
    ['Ethernet', linktype.ethernet, ethernet('86dd', ipv6)],
    ['Ethernet with PPPoE', linktype.ethernet, ethernet('8864', hex('1100 0001 0032 0057'), ipv6)],
    ['PPP', linktype.ppp, join(hex('0057'), ipv6)],
    ['raw', linktype.raw, ipv6],
    ['IPv6', linktype.ipv6, ipv6],
    ['Linux cooked', linktype.linuxCooked, join(cooked('0000', '86dd'), ipv6)],
    ['null from macOS', linktype.null, join(hex('1e000000'), ipv6)],
    ['loop from OpenBSD', linktype.loop, join(hex('00000018'), ipv6)],
  ])('%s, IPv6', (_, type, bytes) => {
    expect(packetIn(record(type, bytes))).toMatchObject({ bytes: ipv6, family: 10 })
  })
})

describe('hook, interface, hardware address and time', () => {
  const frame = ethernet('0800', ipv4)

  test('what came in was queued at input, from its interface', () => {
    expect(packetIn(record(linktype.ethernet, frame, { direction: 'inbound' }))).toEqual({
      bytes: ipv4,
      family: 2,
      hook: 'input',
      indev: 2,
      outdev: undefined,
      hwaddr: mac,
      mark: undefined,
      timestampNs: 5_000_000_000n,
    })
  })

  test('what went out has an output device, and neither sender nor receive time', () => {
    expect(packetIn(record(linktype.ethernet, frame, { direction: 'outbound' }))).toMatchObject({
      hook: 'output',
      indev: undefined,
      outdev: 2,
      hwaddr: undefined,
      timestampNs: undefined,
    })
  })

  test('where the capture is silent packets are taken before routing', () => {
    expect(packetIn(record(linktype.ethernet, frame))).toMatchObject({ hook: 'prerouting', indev: 2, hwaddr: mac })
    expect(packetIn(record(linktype.raw, ipv4))).toMatchObject({ hook: 'prerouting', indev: 2, hwaddr: undefined })
  })

  test.each([
    ['0000', 'input'],
    ['0001', 'input'],
    ['0002', 'input'],
    ['0003', 'forward'],
    ['0004', 'output'],
  ])('Linux cooked says it as packet type %s: %s', (packetType, hook) => {
    expect(packetIn(record(linktype.linuxCooked, join(cooked(packetType, '0800'), ipv4)))).toMatchObject({ hook })
    const second = join(cooked2(packetType.slice(2), '0800'), ipv4)
    const packet = packetIn(record(linktype.linuxCooked2, second))
    expect(packet.hook).toBe(hook)
    expect(hook === 'output' ? packet.outdev : packet.indev).toBe(7)
    expect(packet.hwaddr).toEqual(hook === 'output' ? undefined : mac)
  })

  test('the caller knows better', () => {
    const options = { hook: 'forward', interfaces: { eth0: 11 } } as const
    expect(packetIn(record(linktype.ethernet, frame), options)).toMatchObject({ hook: 'forward', indev: 11 })
  })

  test('loopback is interface 1', () => {
    const lo = { index: 4, linktype: 1, snapLength: 0, name: 'lo', description: undefined }
    expect(packetIn(record(linktype.ethernet, frame, { interface: lo }))).toMatchObject({ indev: 1 })
  })
})

describe('NFLOG', () => {
  const tlv = (order: typeof little, type: number, value: Uint8Array) => {
    const bytes = new Uint8Array(4 + ((value.length + 3) & ~3))
    order.putU16(bytes, 0, 4 + value.length)
    order.putU16(bytes, 2, type)
    bytes.set(value, 4)
    return bytes
  }
  const logged = (order: typeof little) =>
    join(
      hex('02 00 0005'),
      tlv(order, 1, hex('0800 02 00')),
      tlv(order, 2, hex('0000002a')),
      tlv(order, 4, hex('00000003')),
      tlv(order, 5, hex('00000009')),
      tlv(order, 8, hex('0006 0000 020000000001 0000')),
      tlv(order, 3, hex('0000000000000009 0000000000000007')),
      tlv(order, 10, hex('70726566697800')),
      tlv(order, 9, ipv4),
    )

  test.each([little, big])('from a $name-endian host: the hook and all else the kernel knew', (order) => {
    expect(packetIn(record(linktype.nflog, logged(order)))).toEqual({
      bytes: ipv4,
      family: 2,
      hook: 'forward',
      indev: 3,
      outdev: 9,
      hwaddr: mac,
      mark: 42,
      timestampNs: 9_000_007_000n,
    })
  })

  test('without a packet, or of another version', () => {
    expect(reasonOf(linktype.nflog, hex('02 00 0005'))).toBe('an NFLOG record without a packet')
    expect(reasonOf(linktype.nflog, hex('02 01 0005'))).toContain('version 1')
  })
})

describe('what is no packet is skipped with a reason', () => {
  test.each<[string, number, Uint8Array, string]>([
    ['ARP', linktype.ethernet, ethernet('0806', new Uint8Array(28)), 'an ARP message, not IP'],
    ['LLDP', linktype.ethernet, ethernet('88cc'), 'an LLDP message'],
    ['PPPoE discovery', linktype.ethernet, ethernet('8863'), 'PPPoE discovery'],
    ['half a PPPoE header', linktype.ethernet, ethernet('8864 1100'), 'cut by the capture'],
    ['PPP that is no IP', linktype.ppp, hex('ff03 c021 0101'), 'PPP protocol 0xc021, not IP'],
    ['MPLS', linktype.ethernet, ethernet('8847'), 'MPLS'],
    ['something else', linktype.ethernet, ethernet('9999'), 'Ethernet type 0x9999, not IP'],
    ['802.3', linktype.ethernet, ethernet('0026'), '802.3'],
    ['half an Ethernet header', linktype.ethernet, mac, 'cut by the capture'],
    ['half a VLAN tag', linktype.ethernet, ethernet('8100 00'), 'cut by the capture'],
    ['half a cooked header', linktype.linuxCooked2, hex('0800'), 'cut by the capture'],
    [
      'IPv6 in a frame of IPv4',
      linktype.ethernet,
      ethernet('0800', ipv6),
      'not an IPv4 packet, though its frame says so',
    ],
    ['IPv4 in a frame of IPv6', linktype.ppp, join(hex('0057'), ipv4), 'not an IPv6 packet, though its frame says so'],
    ['IPv4 as IPv6', linktype.ipv6, ipv4, 'not an IPv6 packet'],
    ['IPv6 over null, of AF_INET', linktype.null, join(hex('02000000'), ipv6), 'not an IPv4 packet'],
    ['IP of no version', linktype.raw, hex('00'), 'not an IP packet'],
    ['half an IP header', linktype.ethernet, ethernet('0800', ipv4.subarray(0, 10)), 'not an IP packet'],
    ['AppleTalk over null', linktype.null, hex('10000000'), 'address family 16, not IP'],
    ['netlink', linktype.netlink, new Uint8Array(16), 'a netlink datagram, not IP'],
    [
      'netlink, cooked',
      linktype.linuxCooked,
      hex('0004 0338 0000 0000000000000000 000c'),
      'a netlink datagram, not IP',
    ],
    [
      'netlink, cooked 2',
      linktype.linuxCooked2,
      hex('000c 0000 00000007 0338 04 00 0000000000000000'),
      'a netlink datagram',
    ],
    ['Wi-Fi', 105, new Uint8Array(60), 'link type 105, which is not read here'],
  ])('%s', (_, type, bytes, said) => {
    expect(reasonOf(type, bytes)).toContain(said)
  })

  test('a packet the capture has cut, unless it may be filled up', () => {
    const cut = record(linktype.raw, ipv4.subarray(0, 24), { originalLength: 28 })
    expect(capturedPacket(cut)).toEqual(new NotAPacket(expect.stringContaining('cut by the capture')))
    const filled = join(ipv4.subarray(0, 24), new Uint8Array(4))
    expect(packetIn(cut, { cut: 'fill' }).bytes).toEqual(filled)
  })

  test('a packet that its frame did not hold, either, may be filled up, too', () => {
    const short = record(linktype.ethernet, ethernet('0800', ipv4.subarray(0, 24)))
    expect(capturedPacket(short)).toEqual(new NotAPacket(expect.stringContaining('in a frame that was not cut')))
    expect(packetIn(short, { cut: 'fill' }).bytes).toHaveLength(ipv4.length)
  })

  test('a packet without a length: a super-packet of TCP is as long as its frame, others are what Linux makes of them', () => {
    const segment = tcp('10.0.0.1:1 > 10.0.0.2:22', { payload: 'of a large packet' }).fill(0, 2, 4)
    expect(packetIn(record(linktype.ethernet, ethernet('0800', segment))).bytes).toEqual(segment)
    const cutSegment = record(linktype.raw, segment.subarray(0, 50), { originalLength: segment.length })
    expect(capturedPacket(cutSegment)).toEqual(new NotAPacket(expect.stringContaining('cut by the capture')))
    const echo = icmpEcho('10.0.0.1 > 10.0.0.2', { payload: new Uint8Array(56) }).fill(0, 2, 4)
    expect(reasonOf(linktype.ethernet, ethernet('0800', echo))).toContain('claims to be shorter than its header')
    const echo6 = icmpEcho('::1 > ::2', { payload: new Uint8Array(24) }).fill(0, 4, 6)
    expect(packetIn(record(linktype.ethernet, ethernet('86dd', echo6))).bytes).toEqual(echo6.subarray(0, 40))
  })

  test('any bytes of any link type: a packet, or a reason', () => {
    const types = fc.constantFrom(...Object.values(linktype))
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 80 }), (type, bytes) => {
        const packet = capturedPacket(record(type, bytes))
        if (packet instanceof NotAPacket) expect(packet.reason).toMatch(/^\S.*\S$/)
        else expect(packet.bytes.length).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 2000 },
    )
  })
})
