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
const digits = utf8('0123456789abcdef')
const [comma, underscore] = utf8(',_')

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
  const ciphers = hello.ciphers.filter(isPlain)
  const extensions = hello.extensions.filter(isPlain)
  const name = hello.extensions.includes(tlsExtension.serverName) ? 'd' : 'i'
  const kind = `${hello.transport === 'quic' ? 'q' : 't'}${version(hello)}${name}`
  const counts = `${twoDigits(ciphers.length)}${twoDigits(extensions.length)}${protocol(hello.alpn[0])}`
  const ofCiphers = short(hash, write(0, ordered(ciphers)))
  let end = write(0, ordered(extensions.filter(isListed)))
  const algorithms = hello.signatureAlgorithms.filter(isPlain)
  if (end > 0 && algorithms.length > 0) {
    text[end] = underscore!
    end = write(end + 1, algorithms)
  }
  return `${kind}${counts}_${ofCiphers}_${short(hash, end)}`
}

const isPlain = (number: number): boolean => !isGrease(number)
const isListed = (id: number): boolean => id !== tlsExtension.serverName && id !== tlsExtension.alpn

const twoDigits = (count: number): string => (count < 10 ? `0${count}` : String(Math.min(count, 99)))

function version({ versions, legacyVersion }: ClientHello): string {
  let highest = 0
  for (const one of versions) if (one > highest && isPlain(one)) highest = one
  return versionNames[highest === 0 ? legacyVersion : highest] ?? '00'
}

const isLetterOrDigit = (character: string): boolean => /^[0-9A-Za-z]$/.test(character)

/** First and last character of the first protocol, or of its bytes in hexadecimal where they are no letters and digits. */
function protocol(name: string | undefined): string {
  if (name === undefined || name === '') return '00'
  const [first, last] = [name.at(0)!, name.at(-1)!]
  if (isLetterOrDigit(first) && isLetterOrDigit(last)) return first + last
  const hex = formatHex(Uint8Array.of(first.charCodeAt(0), last.charCodeAt(0)))
  return `${hex.at(0)}${hex.at(-1)}`
}

function ordered(numbers: readonly number[]): Uint16Array {
  const out = new Uint16Array(numbers.length)
  for (let i = 0; i < numbers.length; i++) out[i] = numbers[i]!
  return out.sort()
}

/** Room for what is hashed: memory that is used again. A hello has fewer than 65,536 numbers in all. */
const text = new Uint8Array(5 * 0x1_0000)

/** Write numbers as four digits each with commas between them; returns where the text ends. */
function write(start: number, numbers: ArrayLike<number>): number {
  let p = start
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!
    if (i > 0) text[p++] = comma!
    text[p] = digits[number >> 12]!
    text[p + 1] = digits[(number >> 8) & 15]!
    text[p + 2] = digits[(number >> 4) & 15]!
    text[p + 3] = digits[number & 15]!
    p += 4
  }
  return p
}

const front = new Uint8Array(6)

/** The first six bytes of the hash of what was written; zeros of nothing. */
function short(hash: Hash, end: number): string {
  if (end === 0) return nothing
  const digest = hash(text.subarray(0, end))
  // The view of a Buffer that its own `subarray` makes costs more than six bytes.
  for (let i = 0; i < front.length; i++) front[i] = digest[i]!
  return formatHex(front)
}
