import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { SyncQuicCipher } from '../src/quic/index.ts'
import { joined } from './split.ts'

/** AES of `node:crypto`, as the README hands it in. */
export const nodeCipher: SyncQuicCipher = {
  block: (key, block) => createCipheriv('aes-128-ecb', key, null).update(block),
  open(key, nonce, additional, sealed) {
    const gcm = createDecipheriv('aes-128-gcm', key, nonce).setAAD(additional).setAuthTag(sealed.subarray(-16))
    try {
      return joined(gcm.update(sealed.subarray(0, -16)), gcm.final())
    } catch {
      return undefined
    }
  },
}

const versions = {
  1: { salt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', label: 'quic', initial: 0 },
  2: { salt: '0dede3def700a6db819381be6e269dcbf9bd2ed9', label: 'quicv2', initial: 1 },
} as const
const numbers = { 1: 0x0000_0001, 2: 0x6b33_43cf }

function expand(secret: ArrayBuffer | Uint8Array, label: string, size: number): Buffer {
  // HKDF-Expand of one block.
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([0, size, name.length]), name, Buffer.from([0, 1])])
  return createHmac('sha256', Buffer.from(secret as Uint8Array))
    .update(info)
    .digest()
    .subarray(0, size)
}

export interface PacketParts {
  readonly version?: 1 | 2
  readonly side?: 'client' | 'server'
  /** The id the keys come from. */
  readonly first: Uint8Array
  readonly destination?: Uint8Array
  readonly source?: Uint8Array
  readonly token?: Uint8Array
  readonly number?: number
  /** Bytes of the packet number. */
  readonly width?: 1 | 2 | 3 | 4
  readonly isFixed?: boolean
  readonly reserved?: number
}

const varint = (value: number) => [0x40 | (value >> 8), value & 0xff]

const known = new Map<string, readonly [key: Buffer, iv: Buffer, hp: Buffer]>()

/** The keys of one side, which are derived once. */
function keysOf(version: 1 | 2, side: string, first: Uint8Array): readonly [key: Buffer, iv: Buffer, hp: Buffer] {
  const of = `${version} ${side} ${first}`
  const before = known.get(of)
  if (before !== undefined) return before
  const { salt, label } = versions[version]
  const extracted = createHmac('sha256', Buffer.from(salt, 'hex')).update(first).digest()
  const secret = expand(extracted, `${side} in`, 32)
  const key = (name: string, size: number) => expand(secret, `${label} ${name}`, size)
  const keys = [key('key', 16), key('iv', 12), key('hp', 16)] as const
  known.set(of, keys)
  return keys
}

/** An Initial packet with these frames, protected with `node:crypto`. */
export function initialPacket(frames: ArrayLike<number>, parts: PacketParts): Uint8Array {
  const { version = 1, side = 'client', first, number = 0, width = 2 } = parts
  const { initial } = versions[version]
  const [key, iv, hp] = keysOf(version, side, first)
  const destination = parts.destination ?? first
  const { source = new Uint8Array(0), token = new Uint8Array(0) } = parts
  // The sample begins four bytes behind the start of the packet number.
  const payload = joined(frames, new Uint8Array(Math.max(0, 4 - frames.length)))
  const written = Array.from({ length: width }, (_, i) => Math.floor(number / 256 ** (width - 1 - i)) % 256)
  const one = 0x80 | (parts.isFixed === false ? 0 : 0x40) | (initial << 4) | ((parts.reserved ?? 0) << 2) | (width - 1)
  const v = numbers[version]
  const header = joined(
    [one, v >>> 24, (v >> 16) & 255, (v >> 8) & 255, v & 255],
    [destination.length],
    destination,
    [source.length],
    source,
    varint(token.length),
    token,
    varint(width + payload.length + 16),
    written,
  )
  const nonce = Buffer.from(iv)
  for (let i = 0; i < 6; i++) nonce[11 - i]! ^= Math.floor(number / 256 ** i) % 256
  const gcm = createCipheriv('aes-128-gcm', key, nonce).setAAD(header)
  const sealed = joined(gcm.update(payload), gcm.final(), gcm.getAuthTag())
  const sample = joined(header.subarray(header.length - width), sealed).subarray(4, 20)
  const mask = createCipheriv('aes-128-ecb', hp, null).update(sample)
  const packet = joined(header, sealed)
  packet[0]! ^= mask[0]! & 0x0f
  for (let i = 0; i < width; i++) packet[header.length - width + i]! ^= mask[1 + i]!
  return packet
}

/** A CRYPTO frame. */
export const crypto = (offset: number, data: ArrayLike<number>): Uint8Array =>
  joined([6], varint(offset), varint(data.length), data)

/** A datagram of 1200 bytes at least. */
export const datagram = (...packets: Uint8Array[]): Uint8Array => {
  const bytes = joined(...packets)
  return joined(bytes, new Uint8Array(Math.max(0, 1200 - bytes.length)))
}
