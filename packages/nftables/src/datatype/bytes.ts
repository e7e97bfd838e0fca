import { parseAddress, parseNetwork, prefixMask } from '@nfkit/inet'
import { utf8 } from '@nfkit/inet/bytes'
import { EncodeError, littleEndian } from '@nfkit/netlink-codec'
import { nearest } from '@nfkit/netlink-transport'
import { type Datatype, type DatatypeName, datatypes } from './datatype.ts'
import { type Interval, isRange, type Value } from './value.ts'

/** A type, and how long its values are: those of `integer` are as long as what they are compared with. */
export interface Kind {
  /** The name of the type. */
  readonly type: DatatypeName
  /** Bytes of a value. */
  readonly length: number
  /** The order of the bytes of an `integer`, where it is the machine's. */
  readonly order?: 'host'
}

const kinds = Object.fromEntries(
  Object.entries(datatypes).map(([type, { length }]) => [type, Object.freeze({ type, length })]),
) as { readonly [T in DatatypeName]: Kind }

/** The kind of a type whose length is its own. */
export const kindOf = (type: DatatypeName): Kind => kinds[type]

/** The first and the last value of an interval, most significant byte first. */
export interface Bounds {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** Returns the bytes of a value, most significant first. Throws `EncodeError`, which names `where`, for what is no value of the type. */
export function bytesOf(kind: Kind, value: Value, where: string): Uint8Array {
  const type: Datatype = datatypes[kind.type]
  switch (type.shape) {
    case 'address':
      return addressOf(kind, value, where)
    case 'hardware address':
      return hardwareAddressOf(kind, value, where)
    case 'interface':
    case 'text':
      return textOf(kind, value, where)
    case 'number':
    case 'bits':
      return numberBytes(kind, numberOf(kind, value, where), where)
    default:
      return type.shape satisfies never
  }
}

/** Returns the first and the last value of an interval. Throws `EncodeError` for a range that runs backwards. */
export function boundsOf(kind: Kind, interval: Interval, where: string): Bounds {
  if (isRange(interval)) {
    const { shape } = datatypes[kind.type]
    if (shape === 'interface' || shape === 'text' || shape === 'bits')
      throw new EncodeError(where, `there are no ranges of ${kind.type}: list its values`)
    const [from, to] = [bytesOf(kind, interval.from, where), bytesOf(kind, interval.to, where)]
    if (compare(from, to) > 0)
      throw new EncodeError(where, `the range ${interval.from}-${interval.to} ends before it begins: swap its ends`)
    return { from, to }
  }
  const network = networkOf(kind, interval)
  if (network === undefined) {
    const bytes = bytesOf(kind, interval, where)
    return bytes.length === kind.length
      ? { from: bytes, to: bytes }
      : { from: filled(kind, bytes, 0), to: filled(kind, bytes, 0xff) }
  }
  const mask = prefixMask(network.address.length as 4 | 16, network.prefix)
  return {
    from: network.address.map((byte, i) => byte & mask[i]!),
    to: network.address.map((byte, i) => byte | (mask[i]! ^ 0xff)),
  }
}

/** Returns the network that text with a prefix means; `undefined` for anything else, a prefix of all bits included. */
export function networkOf(kind: Kind, value: Value): { address: Uint8Array; prefix: number } | undefined {
  if (typeof value !== 'string' || !value.includes('/') || datatypes[kind.type].shape !== 'address') return undefined
  const network = parseNetwork(value)
  return network?.address.length === kind.length && network.prefix < 8 * kind.length ? network : undefined
}

/** Returns bytes in the order that registers and sets have for the type, from most significant first; and back. */
export const ordered = (kind: Kind, bytes: Uint8Array): Uint8Array =>
  littleEndian && isHostNumber(kind) ? bytes.toReversed() : bytes

/** Whether values are numbers in the machine's order, whose bytes do not compare as the numbers do. */
export function isHostNumber({ type, length, order: own }: Kind): boolean {
  const { order, shape }: Datatype = datatypes[type]
  return (own ?? order) === 'host' && length > 1 && (shape === 'number' || shape === 'bits')
}

/** Compares bytes as the kernel does: below 0, 0, or above. Both have one length. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

function addressOf({ type, length }: Kind, value: Value, where: string): Uint8Array {
  const text = typeof value === 'string' ? value : undefined
  const single = text?.includes('/') && text.endsWith(`/${8 * length}`) ? text.slice(0, text.indexOf('/')) : text
  const bytes = single === undefined ? undefined : parseAddress(single)
  if (bytes?.length === length) return bytes
  const version = length === 4 ? 'IPv4' : 'IPv6'
  if (bytes)
    throw new EncodeError(
      where,
      `${value} is no ${version} address: match the other family with ${length === 4 ? 'ip6' : 'ip'}`,
    )
  if (text !== undefined && parseNetwork(text)?.address.length === length)
    throw new EncodeError(
      where,
      `${value} is a network, and one address is needed (${type}): a set of networks has \`interval: true\``,
    )
  throw new EncodeError(where, `${shown(value)} is no ${version} address (${type})`)
}

function hardwareAddressOf({ length }: Kind, value: Value, where: string): Uint8Array {
  const parts = typeof value === 'string' ? value.split(':') : []
  if (parts.length === length && parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part)))
    return Uint8Array.from(parts, (part) => Number.parseInt(part, 16))
  throw new EncodeError(where, `${shown(value)} is no hardware address, as 02:00:5e:10:00:01`)
}

/** Text is padded with zeros; the name of an interface that ends in `*` is as long as it is written. */
function textOf({ type, length }: Kind, value: Value, where: string): Uint8Array {
  const bytes = typeof value === 'string' ? utf8(value) : undefined
  if (bytes === undefined || bytes.length === 0 || bytes.length >= length || bytes.includes(0))
    throw new EncodeError(where, `${shown(value)} is no text of 1 to ${length - 1} bytes (${type})`)
  if (isPrefix(value)) return bytes.subarray(0, -1)
  const padded = new Uint8Array(length)
  padded.set(bytes)
  return padded
}

const filled = ({ length }: Kind, bytes: Uint8Array, rest: number): Uint8Array => {
  const out = new Uint8Array(length).fill(rest)
  out.set(bytes)
  return out
}

/** Whether text names all interfaces that begin with it: `eth*`. */
export const isPrefix = (value: Value): boolean => typeof value === 'string' && value.length > 1 && value.endsWith('*')

function numberOf({ type }: Kind, value: Value, where: string): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value)
    throw new EncodeError(where, `${value} is no whole number`)
  }
  const { symbols, shape }: Datatype = datatypes[type]
  if (typeof value !== 'string') throw new EncodeError(where, `${shown(value)} is no ${type}`)
  const words = shape === 'bits' ? value.split(',') : [value]
  return words.reduce((number, word) => number | BigInt(symbolOf(type, symbols, word.trim(), where)), 0n)
}

function symbolOf(type: DatatypeName, symbols: Datatype['symbols'], word: string, where: string): number {
  if (Object.hasOwn(symbols, word)) return symbols[word]!
  if (/^(0x[0-9a-f]+|\d+)$/i.test(word) && Number(word) <= 0xffff_ffff) return Number(word)
  const words = Object.keys(symbols)
  const near = nearest(word, words)
  const advice =
    words.length === 0 ? 'write a number' : near ? `did you mean "${near}"?` : `there are ${words.join(', ')}`
  throw new EncodeError(where, `${shown(word)} is no ${type}: ${advice}`)
}

function numberBytes({ type, length }: Kind, number: bigint, where: string): Uint8Array {
  if (number < 0n || number >> BigInt(8 * length) !== 0n)
    throw new EncodeError(
      where,
      `${number} does not fit into ${length === 1 ? 'one byte' : `${length} bytes`} (${type})`,
    )
  const bytes = new Uint8Array(length)
  for (let i = length - 1, rest = number; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
  return bytes
}

/** A value as a message shows it, on one line. */
export const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
    : typeof value === 'object'
      ? 'an object'
      : String(value)
