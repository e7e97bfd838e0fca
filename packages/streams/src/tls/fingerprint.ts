import { formatHex } from '@nfkit/inet'
import { type Hash, sha256 } from '../hash/sha256.ts'
import type { ClientHello } from './client-hello.ts'
import { isGrease, tlsExtension } from './numbers.ts'

const versionNames: { readonly [version: number]: string } = {
  772: '13',
  771: '12',
  770: '11',
  769: '10',
  768: 's3',
  2: 's2',
}

const decimals: readonly string[] = Array.from({ length: 100 }, (_, count) => String(count).padStart(2, '0'))
const mostNumbers = 0x1_0000

/**
 * JA4 of a hello: which program, or which TLS library, says hello like this (FoxIO's definition, 2023). `t13d1516h2_8daaf6152771_e5627efa2ab1`:
 * transport, version, with or without a name, how many cipher suites and extensions, first protocol; a hash of the cipher suites; a hash of
 * extensions and signature algorithms. `hash` may be another SHA-256, such as that of `node:crypto`.
 *
 * @example
 * import { parseHex } from '@nfkit/inet'
 * import { clientHellos, ja4 } from '@nfkit/streams/tls'
 *
 * const [hello] = clientHellos().push(
 *   parseHex(`1603010041 0100003d 0303${'00'.repeat(32)}00 00021301 0100 0012 0000 000e 000c 00 0009 612e6578616d706c65`)!,
 * )
 * console.log(ja4(hello!)) // t12d010100_0f2cb44170f4_000000000000
 */
export const ja4 = withOwnMemory()

/** `ja4`, with memory that is used again: constants of a function, where those of a file are looked up for each number once files are bundled. */
function withOwnMemory(): (hello: ClientHello, hash?: Hash) => string {
  const [comma, underscore, zero] = [0x2c, 0x5f, 0x30]
  /** A list up to this long is put in order here: a call of `sort` costs more. */
  const short = 64
  /** Characters by their numbers: one call makes the text of them, where joining texts would cost as much as all else. */
  const codes = new Array<number>(36).fill(underscore)
  const hexadecimals = Uint16Array.from({ length: 256 }, (_, byte) => pairOf(formatHex(Uint8Array.of(byte))))
  /** How many numbers of the list that was put in order last are not GREASE. */
  let plain = 0
  const sorted = new Uint16Array(mostNumbers)
  const text = new Uint8Array(5 * mostNumbers)
  const words = new DataView(text.buffer)
  /** The text by its length, as far as those of usual hellos go: to make a view costs more than to write a list. */
  const texts: readonly Uint8Array[] = Array.from({ length: 512 }, (_, length) => text.subarray(0, length))

  return (hello, hash = sha256) => {
    const { transport, ciphers, extensions, signatureAlgorithms, alpn } = hello
    putHash(11, hash, write(order(ciphers, -1, -1)))
    putPair(4, count(plain))
    const listed = write(order(extensions, tlsExtension.serverName, tlsExtension.alpn))
    putPair(6, count(plain))
    putHash(24, hash, listed === 0 ? 0 : append(listed, signatureAlgorithms))
    codes[0] = transport === 'quic' ? 0x71 : 0x74 // q, t
    putPair(1, version(hello))
    codes[3] = extensions.includes(tlsExtension.serverName) ? 0x64 : 0x69 // d, i
    putPair(8, protocol(alpn[0]))
    return String.fromCharCode(...codes)
  }

  function putPair(at: number, pair: number): void {
    codes[at] = pair >> 8
    codes[at + 1] = pair & 0xff
  }

  /** The first six bytes of the hash of what was written; zeros of nothing. */
  function putHash(at: number, hash: Hash, end: number): void {
    if (end === 0) {
      codes.fill(zero, at, at + 12)
      return
    }
    const digest = hash(texts[end] ?? text.subarray(0, end))
    for (let i = 0; i < 6; i++) putPair(at + 2 * i, hexadecimals[digest[i]!]!)
  }

  /** Put numbers in order into `sorted`, without those of GREASE and two more; returns how many are left. */
  function order(numbers: readonly number[], but: number, and: number): number {
    const isShort = numbers.length <= short
    let size = 0
    plain = 0
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!
      if (isGrease(number)) continue
      plain++
      if (number === but || number === and) continue
      let place = size++
      if (isShort) for (; place > 0 && sorted[place - 1]! > number; place--) sorted[place] = sorted[place - 1]!
      sorted[place] = number
    }
    if (!isShort) sorted.subarray(0, size).sort()
    return size
  }

  /** Write the first numbers in order: four digits each, with commas between; returns where the text ends. */
  function write(size: number): number {
    for (let i = 0; i < size; i++) putDigits(5 * i, sorted[i]!)
    return Math.max(0, 5 * size - 1)
  }

  /** Write a list without GREASE behind another and `_`, where it has any number; returns where the text ends. */
  function append(start: number, numbers: readonly number[]): number {
    let end = start + 1
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!
      if (isGrease(number)) continue
      putDigits(end, number)
      end += 5
    }
    text[start] = underscore
    return end - 1
  }

  /** Write the four digits of a number at once, and a comma. Each byte has the value of a digit first, to which 6 carries where it is a letter. */
  function putDigits(at: number, number: number): void {
    const bytes = ((number << 8) | number) & 0x00ff_00ff
    const values = ((bytes << 4) | bytes) & 0x0f0f_0f0f
    const letters = ((values + 0x0606_0606) >> 4) & 0x0101_0101
    words.setUint32(at, values + 0x3030_3030 + 0x27 * letters)
    text[at + 4] = comma
  }
}

/** Two characters as one number of 16 bits. */
function pairOf(two: string): number {
  return (two.charCodeAt(0) << 8) | two.charCodeAt(1)
}

function version({ versions, legacyVersion }: ClientHello): number {
  let highest = 0
  for (const one of versions) if (one > highest && !isGrease(one)) highest = one
  return pairOf(versionNames[highest === 0 ? legacyVersion : highest] ?? '00')
}

const count = (plain: number): number => pairOf(decimals[Math.min(plain, 99)]!)

/** First and last character of the first protocol, or of its bytes in hexadecimal where they are no letters and digits. */
function protocol(name: string | undefined): number {
  if (name === undefined || name === '') return pairOf('00')
  const first = name.charCodeAt(0)
  const last = name.charCodeAt(name.length - 1)
  if (isLetterOrDigit(first) && isLetterOrDigit(last)) return (first << 8) | last
  const hex = formatHex(Uint8Array.of(first, last))
  return pairOf(hex[0]! + hex[3]!)
}

/** Of a character's number; a letter differs from its capital by the bit of 32. */
function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)
}
