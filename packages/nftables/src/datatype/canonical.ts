import { formatAddress, formatHardwareAddress, formatNetwork, parseIpv4 } from '@nfkit/inet'
import { boundsOf, bytesOf, compare, type Kind, networkOf } from './bytes.ts'
import { type Datatype, datatypes } from './datatype.ts'
import { type Interval, isRange, type Value } from './value.ts'

// Not in any es lib, yet in every runtime this package runs in, browsers included.
declare class TextDecoder {
  decode(bytes: Uint8Array): string
}

const decoder = new TextDecoder()

/**
 * Returns the one way to write an interval: words where nft has some, addresses in their shortest form, networks without the bits behind
 * their prefix, no range of one. Throws `EncodeError`, which names `where`, for what is no value of the type.
 */
export function canonical(kind: Kind, interval: Interval, where: string): Interval {
  // There is one way to write an IPv4 address, and sets have very many of them.
  if (kind.type === 'ipv4_addr' && typeof interval === 'string' && parseIpv4(interval) !== undefined) return interval
  if (isRange(interval)) {
    const { from, to } = boundsOf(kind, interval, where)
    const first = valueFrom(kind, from)
    return compare(from, to) === 0 ? first : Object.freeze({ from: first, to: valueFrom(kind, to) })
  }
  const network = networkOf(kind, interval)
  if (network) return formatNetwork({ address: boundsOf(kind, interval, where).from, prefix: network.prefix })
  return valueFrom(kind, bytesOf(kind, interval, where))
}

/** Returns the value of bytes, most significant first. */
export function valueFrom({ type, length }: Kind, bytes: Uint8Array): Value {
  const { shape, symbols }: Datatype = datatypes[type]
  if (shape === 'address') return formatAddress(bytes)
  if (shape === 'hardware address') return formatHardwareAddress(bytes)
  if (shape === 'interface' || shape === 'text') {
    const end = bytes.indexOf(0)
    const text = decoder.decode(end < 0 ? bytes : bytes.subarray(0, end))
    return bytes.length < length ? `${text}*` : text
  }
  const number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return (shape === 'bits' ? bitWords(symbols, number) : wordOf(symbols, number)) ?? plain(number)
}

const plain = (number: bigint): number | bigint => (number <= Number.MAX_SAFE_INTEGER ? Number(number) : number)

const wordOf = (symbols: Datatype['symbols'], number: bigint): string | undefined =>
  Object.keys(symbols).find((word) => BigInt(symbols[word]!) === number)

/** The words of bits, least significant first; `undefined` when a bit has none. */
function bitWords(symbols: Datatype['symbols'], number: bigint): string | undefined {
  const words = Object.keys(symbols).filter((word) => number & BigInt(symbols[word]!))
  const sum = words.reduce((all, word) => all | BigInt(symbols[word]!), 0n)
  return number !== 0n && sum === number ? words.join(',') : undefined
}
