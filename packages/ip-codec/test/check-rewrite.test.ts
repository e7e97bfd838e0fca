import { expect, test } from 'vitest'
import { destinationOptions, hopByHop, ipPacket, tcp, udp } from '../src/build/index.ts'
import { checkRewrite, parseIp, parseIpWithin } from '../src/index.ts'

const ipv4 = tcp('10.0.0.1:1 > 10.0.0.2:2', { payload: 'data', ipOptions: Uint8Array.of(148, 4, 0, 0) })
const ipv6 = tcp('[::1]:1 > [::2]:2', { payload: 'data', extensions: [hopByHop(), destinationOptions()] })
const plain6 = udp('[::1]:1 > [::2]:2', { payload: 'data' })

const with1 = (packet: Uint8Array, at: number, byte: number) => packet.map((old, i) => (i === at ? byte : old))
/** Only the first bytes, with a length field that says so. */
const cut = (packet: Uint8Array, length: number) => {
  const field = packet[0]! >> 4 === 4 ? length : length - 40
  return with1(
    with1(packet, packet[0]! >> 4 === 4 ? 2 : 4, field >> 8),
    packet[0]! >> 4 === 4 ? 3 : 5,
    field & 255,
  ).slice(0, length)
}

test('a packet may take its own place, as bytes or as a view', () => {
  for (const packet of [ipv4, ipv6, plain6]) {
    expect(checkRewrite(packet, packet)).toBeUndefined()
    expect(checkRewrite(parseIp(packet)!, parseIp(packet)!)).toBeUndefined()
  }
})

test('of a packet that lies in larger memory its own headers are compared, and no others', () => {
  for (const packet of [ipv4, ipv6, plain6, tcp('[::1]:1 > [::2]:2', { extensions: [hopByHop()] })]) {
    for (const before of [0, 3, 40]) {
      for (const behind of [0, 60]) {
        const memory = Uint8Array.of(...packet.slice(0, before), ...packet, ...packet.slice(0, behind))
        const original = parseIpWithin(memory, before, memory.length)!
        const reasons = (of: typeof original) =>
          Array.from(packet, (byte, at) => checkRewrite(of, with1(packet, at, byte ^ 1)))
        expect(checkRewrite(original, packet)).toBeUndefined()
        expect(reasons(original)).toEqual(reasons(parseIp(packet)!))
      }
    }
  }
})

test('everything but the shape of the network header may change', () => {
  expect(checkRewrite(ipv4, with1(ipv4, 1, 0xb8))).toBeUndefined()
  expect(checkRewrite(ipv4, with1(ipv4, 4, 0xff))).toBeUndefined()
  expect(checkRewrite(ipv4, with1(ipv4, 8, 1))).toBeUndefined()
  expect(checkRewrite(ipv4, with1(ipv4, 9, 17))).toBeUndefined()
  expect(checkRewrite(ipv4, with1(ipv4, 15, 99))).toBeUndefined()
  expect(checkRewrite(ipv4, cut(ipv4, 24))).toBeUndefined()
  expect(checkRewrite(plain6, cut(plain6, 40))).toBeUndefined()
})

test('"don\'t fragment" may change, other fragment bits may not', () => {
  expect(checkRewrite(ipv4, with1(ipv4, 6, 0x00))).toBeUndefined()
  expect(checkRewrite(ipv4, with1(ipv4, 6, 0x60))).toBe('fragmentField')
  expect(checkRewrite(ipv4, with1(ipv4, 6, 0xc0))).toBe('fragmentField')
  expect(checkRewrite(ipv4, with1(ipv4, 7, 1))).toBe('fragmentField')
})

test('each thing a kernel refuses has its reason', () => {
  expect(checkRewrite(new Uint8Array(20), ipv4)).toBe('notIp')
  expect(checkRewrite(ipv4, new Uint8Array(65_532).fill(0x45))).toBe('tooLong')
  expect(checkRewrite(ipv4, new Uint8Array(0))).toBe('tooShort')
  expect(checkRewrite(ipv4, cut(ipv4, 23))).toBe('tooShort')
  expect(checkRewrite(ipv6, cut(ipv6, 55))).toBe('tooShort')
  expect(checkRewrite(ipv4, ipv6)).toBe('version')
  expect(checkRewrite(ipv6, ipv4.slice(0, 10))).toBe('tooShort')
  expect(checkRewrite(plain6, with1(plain6, 0, 0x45))).toBe('version')
  expect(checkRewrite(ipv4, with1(ipv4, 0, 0x45))).toBe('headerLength')
  expect(checkRewrite(ipv4, with1(ipv4, 3, 9))).toBe('length')
  expect(checkRewrite(ipv4, ipv4.slice(0, -1))).toBe('length')
  expect(checkRewrite(ipv4, with1(ipv4, 22, 7))).toBe('options')
  expect(checkRewrite(ipv6, with1(ipv6, 5, 9))).toBe('length')
  expect(checkRewrite(ipv6, with1(ipv6, 43, 9))).toBe('extensionHeaders')
  expect(checkRewrite(ipv6, with1(ipv6, 40, 6))).toBe('extensionHeaders')
  expect(checkRewrite(ipv6, with1(ipv6, 6, 60))).toBe('extensionHeaders')
  expect(checkRewrite(plain6, with1(plain6, 6, 60))).toBe('extensionHeaders')
  expect(checkRewrite(plain6, with1(plain6, 6, 6))).toBe('protocol')
  expect(checkRewrite(ipv6.subarray(0, 44), ipv6)).toBe('chain')
  expect(checkRewrite(cut(plain6, 40).slice(0, 40), cut(plain6, 40))).toBeUndefined()
  const jumbo = with1(with1(ipv6, 4, 0), 5, 0)
  expect(checkRewrite(jumbo, ipv6)).toBe('oversized')
})

test('of the original only the network header has to be there', () => {
  expect(checkRewrite(ipv4.subarray(0, 24), ipv4)).toBeUndefined()
  expect(checkRewrite(ipv6.subarray(0, 56), ipv6)).toBeUndefined()
})

test('a kernel compares twelve extension headers, not thirteen', () => {
  const many = (count: number) => udp('[::1]:1 > [::2]:2', { extensions: new Array(count).fill(destinationOptions()) })
  expect(checkRewrite(many(12), many(12))).toBeUndefined()
  expect(checkRewrite(many(13), many(13))).toBe('chain')
})

test('a later fragment is compared as far as it looks like headers', () => {
  const header = { type: 44, bytes: Uint8Array.of(0, 0, 0, 16, 0, 0, 0, 1) }
  const later = (protocol: number, payload: Uint8Array) =>
    ipPacket({ source: '::1', destination: '::2' }, protocol, payload, { extensions: [header] })
  const data = Uint8Array.of(17, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3)
  expect(checkRewrite(later(60, data), later(60, data.with(10, 9)))).toBeUndefined()
  expect(checkRewrite(later(60, data), later(60, data.with(4, 9)))).toBe('extensionHeaders')
  expect(checkRewrite(later(60, data.with(1, 9)), later(60, data.with(1, 9)))).toBe('chain')
  expect(checkRewrite(later(17, data), later(17, data.with(4, 9)))).toBeUndefined()
})
