import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientHellos, ja4 } from '../src/tls/index.ts'
import { clientHelloBody, type Extension, extension, message, record } from './hello.ts'
import { openSslHello, openSslJa4 } from './vectors/tls.ts'

const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
const hex = (list: readonly number[]) => list.map((number) => number.toString(16).padStart(4, '0')).join(',')
const read = (parts: Parameters<typeof clientHelloBody>[0]) =>
  clientHellos().push(record(message(clientHelloBody(parts))))[0]!

const ciphers = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35,
]
const algorithms = [0x403, 0x804, 0x401, 0x503, 0x805, 0x501, 0x806, 0x601]
const others = [0x5, 0xb, 0x12, 0x15, 0x17, 0x1b, 0x23, 0x2d, 0x33, 0x4469, 0xff01]
const browser: Extension[] = [
  [0x1a1a, []],
  extension.serverNames('a.example'),
  extension.groups(0x1d),
  extension.signatures(...algorithms),
  extension.versions(0x3a3a, 0x304, 0x303),
  extension.alpn('h2', 'http/1.1'),
  ...others.filter((id) => id !== 0x33).map((id): Extension => [id, [0]]),
  extension.keyShares(0x1d),
  [0x4a4a, [0]],
]

test('the published example: ciphers and extensions of a browser, in any order and with GREASE', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(ciphers, { minLength: 15 }),
      fc.shuffledSubarray(browser, { minLength: 18 }),
      (c, e) => {
        const hello = read({ ciphers: [0x2a2a, ...c], extensions: e })
        expect(ja4(hello)).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1')
      },
    ),
  )
})

test('the vector of OpenSSL', () => {
  expect(ja4(clientHellos().push(openSslHello)[0]!)).toBe(openSslJa4)
})

test('another SHA-256 gives the same', () => {
  const hash = (text: Uint8Array) => createHash('sha256').update(text).digest()
  expect(ja4(clientHellos().push(openSslHello)[0]!, hash)).toBe(openSslJa4)
})

test('hashes are over sorted lists without GREASE, and the algorithms stand in their order', () => {
  const number = fc.nat(0xffff)
  const isGrease = (n: number) => (n & 0xf0f) === 0xa0a && n >> 8 === (n & 0xff)
  fc.assert(
    fc.property(
      fc.array(number, { maxLength: 120 }),
      fc.uniqueArray(number, { maxLength: 12 }),
      fc.array(number),
      (c, ids, s) => {
        const known = ids.filter((id) => ![0, 10, 13, 16, 43, 51, 0xfe0d].includes(id))
        const extensions: Extension[] = [...known.map((id): Extension => [id, []]), extension.signatures(...s)]
        const [, ofCiphers, ofExtensions] = ja4(read({ ciphers: c, extensions })).split('_')
        const plain = (list: number[]) => list.filter((n) => !isGrease(n))
        const sorted = (list: number[]) => hex(plain(list).sort((x, y) => x - y))
        expect(ofCiphers).toBe(plain(c).length === 0 ? '000000000000' : short(sorted(c)))
        const tail = plain(s).length === 0 ? '' : `_${hex(plain(s))}`
        expect(ofExtensions).toBe(short(`${sorted([...known, 13])}${tail}`))
      },
    ),
  )
})

test.each([
  ['no name, no extensions, TLS 1.2', {}, 't12i020000_'],
  ['a name', { extensions: [extension.serverNames('a.example')] }, 't12d020100_'],
  ['TLS 1.3 in the list only', { extensions: [extension.versions(0x303, 0x304)] }, 't13i020100_'],
  ['a list of GREASE alone', { extensions: [extension.versions(0x1a1a)] }, 't12i020100_'],
  ['TLS 1.0', { legacyVersion: 0x301 }, 't10i020000_'],
  ['SSL 3', { legacyVersion: 0x300 }, 'ts3i020000_'],
  ['an unknown version', { legacyVersion: 0x305 }, 't00i020000_'],
  ['a protocol of one letter', { extensions: [extension.alpn('x')] }, 't12i0201xx_'],
  ['http/1.1', { extensions: [extension.alpn('http/1.1')] }, 't12i0201h1_'],
  ['a protocol of no letters', { extensions: [extension.alpn('\xab')] }, 't12i0201ab_'],
  ['two bytes of no letters', { extensions: [extension.alpn('\xab\xcd')] }, 't12i0201ad_'],
  ['a letter first', { extensions: [extension.alpn('0\xab')] }, 't12i02013b_'],
  ['more than 99 ciphers', { ciphers: Array.from({ length: 120 }, (_, i) => i) }, 't12i990000_'],
])('in front, with %s', (_, parts, front) => {
  expect(ja4(read(parts)).slice(0, front.length)).toBe(front)
})
