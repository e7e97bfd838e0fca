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
  const ciphers = plain(hello.ciphers)
  const extensions = plain(hello.extensions)
  const name = hello.extensions.includes(tlsExtension.serverName) ? 'd' : 'i'
  const kind = `${hello.transport === 'quic' ? 'q' : 't'}${version(hello)}${name}`
  const listed = extensions.filter((id) => id !== tlsExtension.serverName && id !== tlsExtension.alpn)
  const counts = `${twoDigits(ciphers.length)}${twoDigits(extensions.length)}`
  const algorithms = plain(hello.signatureAlgorithms)
  return `${kind}${counts}${protocol(hello.alpn[0])}_${short(hash, ciphers, [])}_${short(hash, listed, algorithms)}`
}

const plain = (list: readonly number[]): number[] => list.filter((number) => !isGrease(number))

const twoDigits = (count: number): string => String(Math.min(count, 99)).padStart(2, '0')

function version({ versions, legacyVersion }: ClientHello): string {
  const spoken = plain(versions)
  return versionNames[spoken.length > 0 ? Math.max(...spoken) : legacyVersion] ?? '00'
}

/** First and last character of the first protocol, or of its bytes in hexadecimal where they are no letters and digits. */
function protocol(name: string | undefined): string {
  if (name === undefined || name === '') return '00'
  const [first, last] = [name[0]!, name.at(-1)!]
  if (/^[0-9A-Za-z]{2}$/.test(first + last)) return first + last
  const hex = formatHex(Uint8Array.of(first.charCodeAt(0), last.charCodeAt(0)))
  return `${hex[0]}${hex[3]}`
}

/** The first six bytes of the hash of numbers in order, and of others as they stand behind them. */
function short(hash: Hash, sorted: readonly number[], behind: readonly number[]): string {
  if (sorted.length === 0) return nothing
  const text = new Uint8Array(5 * (sorted.length + behind.length) - 1)
  const end = write(text, 0, Uint16Array.from(sorted).sort())
  if (behind.length > 0) {
    text[end] = underscore!
    write(text, end + 1, behind)
  }
  return formatHex(hash(text).subarray(0, 6))
}

/** Numbers as four digits each with commas between them; returns where the text ends. */
function write(text: Uint8Array, start: number, list: ArrayLike<number>): number {
  let p = start
  for (let i = 0; i < list.length; i++) {
    const number = list[i]!
    if (i > 0) text[p++] = comma!
    for (let shift = 12; shift >= 0; shift -= 4) text[p++] = digits[(number >> shift) & 15]!
  }
  return p
}
