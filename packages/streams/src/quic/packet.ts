import type { Plan } from './cipher.ts'
import type { LongPacket } from './header.ts'
import { refuse } from './problem.ts'
import type { PacketKeys } from './secrets.ts'

/** The contents of a packet. */
export interface OpenedPacket {
  readonly number: number
  readonly payload: Uint8Array
}

const sampleSize = 16
const tagSize = 16

/**
 * Take off the protection of a packet (RFC 9001, 5.3 and 5.4). `largest` is the largest packet number of that side so far, or -1. `undefined`
 * when the keys are not those of the packet, or the packet is damaged.
 */
export function* openPacket(
  datagram: Uint8Array,
  { start, at, end }: LongPacket,
  keys: PacketKeys,
  largest: number,
): Plan<OpenedPacket | undefined> {
  const sampleAt = at + 4
  if (sampleAt + sampleSize > end) return undefined
  const sample = datagram.slice(sampleAt, sampleAt + sampleSize)
  const mask = (yield (cipher) => cipher.block(keys.headerKey, sample))!
  const first = datagram[start]! ^ (mask[0]! & 0x0f)
  const width = (first & 3) + 1
  const header = datagram.slice(start, at + width)
  header[0] = first
  let low = 0
  for (let i = 0; i < width; i++) {
    const byte = datagram[at + i]! ^ mask[i + 1]!
    header[at - start + i] = byte
    low = low * 256 + byte
  }
  const number = wholeNumber(low, width, largest + 1)
  const sealed = datagram.subarray(at + width, end)
  const nonce = nonceOf(keys.iv, number)
  const payload = yield (cipher) => cipher.open(keys.key, nonce, header, sealed)
  if (payload === undefined) return undefined
  if ((first & 0x0c) !== 0 || sealed.length === tagSize) refuse('reserved', start)
  return { number, payload }
}

/** The packet number whose low bytes were sent, nearest to the one expected (RFC 9000, A.3). */
export function wholeNumber(low: number, width: number, expected: number): number {
  const window = 256 ** width
  const near = expected - (expected % window) + low
  if (near <= expected - window / 2) return near + window
  if (near > expected + window / 2 && near >= window) return near - window
  return near
}

function nonceOf(iv: Uint8Array, number: number): Uint8Array {
  const nonce = iv.slice()
  for (let i = 11, rest = number; rest > 0; i--, rest = Math.floor(rest / 256)) nonce[i]! ^= rest % 256
  return nonce
}
