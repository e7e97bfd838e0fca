import { formatHex } from '@nfkit/inet'
import { utf8 } from '@nfkit/inet/bytes'
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

const nothing = '000000000000'
const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, count) => String(count).padStart(2, '0'))
const [comma, underscore] = utf8(',_')

/** Numbers in order, and the text that is hashed: memory that is used again. A hello has fewer than 65,536 numbers in all. */
const sorted = new Uint16Array(0x1_0000)
const text = new Uint8Array(5 * 0x1_0000)
/** The text by its length, as far as those of usual hellos go: to make a view costs more than to write a list. */
const texts: readonly Uint8Array[] = Array.from({ length: 512 }, (_, length) => text.subarray(0, length))
/** A list up to this long is put in order here: a call of `sort` costs more. */
const short = 64

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
export function ja4(hello: ClientHello, hash: Hash = sha256): string {
  const { transport, ciphers, extensions, signatureAlgorithms, alpn } = hello
  const name = extensions.includes(tlsExtension.serverName) ? 'd' : 'i'
  const kind = (transport === 'quic' ? 'q' : 't') + version(hello) + name
  const counts = count(ciphers) + count(extensions) + protocol(alpn[0])
  const ofCiphers = front(hash, write(0, sorted, order(ciphers, -1, -1)))
  let end = write(0, sorted, order(extensions, tlsExtension.serverName, tlsExtension.alpn))
  if (end > 0) end = append(end, signatureAlgorithms)
  return `${kind}${counts}_${ofCiphers}_${front(hash, end)}`
}

function version({ versions, legacyVersion }: ClientHello): string {
  let highest = 0
  for (const one of versions) if (one > highest && !isGrease(one)) highest = one
  return versionNames[highest === 0 ? legacyVersion : highest] ?? '00'
}

function count(numbers: readonly number[]): string {
  let plain = 0
  for (let i = 0; i < numbers.length; i++) if (!isGrease(numbers[i]!)) plain++
  return twoDigits[Math.min(plain, 99)]!
}

/** First and last character of the first protocol, or of its bytes in hexadecimal where they are no letters and digits. */
function protocol(name: string | undefined): string {
  if (name === undefined || name === '') return '00'
  const first = name.charCodeAt(0)
  const last = name.charCodeAt(name.length - 1)
  if (isLetterOrDigit(first) && isLetterOrDigit(last)) return name[0]! + name[name.length - 1]!
  const hex = formatHex(Uint8Array.of(first, last))
  return hex[0]! + hex[3]!
}

/** Of a character's number; a letter differs from its capital by the bit of 32. */
function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)
}

/** Put numbers in order into `sorted`, without those of GREASE and two more; returns how many are left. */
function order(numbers: readonly number[], but: number, and: number): number {
  const into = sorted
  const isShort = numbers.length <= short
  let size = 0
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    if (isGrease(number) || number === but || number === and) continue
    let place = size++
    if (isShort) for (; place > 0 && into[place - 1]! > number; place--) into[place] = into[place - 1]!
    into[place] = number
  }
  if (!isShort) into.subarray(0, size).sort()
  return size
}

/** Write the first numbers of a list, without GREASE, behind what is there: four digits each, commas between; returns where the text ends. */
function write(start: number, numbers: ArrayLike<number>, size: number): number {
  const into = text
  let end = start
  for (let i = 0; i < size; i++) {
    const number = numbers[i]!
    if (isGrease(number)) continue
    if (end > start) into[end++] = comma!
    into[end] = digit(number >> 12)
    into[end + 1] = digit((number >> 8) & 15)
    into[end + 2] = digit((number >> 4) & 15)
    into[end + 3] = digit(number & 15)
    end += 4
  }
  return end
}

/** Write a list behind others and `_`, where it has any number. */
function append(start: number, numbers: readonly number[]): number {
  text[start] = underscore!
  const end = write(start + 1, numbers, numbers.length)
  return end > start + 1 ? end : start
}

/** The character of a hexadecimal digit: computed, which costs less than to look it up. */
const digit = (value: number): number => value + (value < 10 ? 0x30 : 0x57)

const six = new Uint8Array(6)

/** The first six bytes of the hash of what was written; zeros of nothing. */
function front(hash: Hash, end: number): string {
  if (end === 0) return nothing
  const digest = hash(texts[end] ?? text.subarray(0, end))
  // The view of a Buffer that its own `subarray` makes costs more than six bytes.
  for (let i = 0; i < six.length; i++) six[i] = digest[i]!
  return formatHex(six)
}
