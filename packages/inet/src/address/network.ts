import { formatAddress, parseAddress } from './address.ts'

/** Addresses with the same first bits: `10.0.0.0/8`. */
export interface Network {
  /** 4 or 16 bytes in network order. Bits behind the prefix may be set; they do not count. */
  readonly address: Uint8Array
  /** How many bits count: 32 or 128 for a single address. */
  readonly prefix: number
}

/**
 * The network of `10.0.0.0/8` or `fd00::/8`, or a single address; `undefined` when the text is neither.
 *
 * @example
 * import { contains, parseAddress, parseNetwork } from '@nfkit/inet'
 *
 * const home = parseNetwork('192.168.0.0/16')
 * console.log(home && contains(home, parseAddress('192.168.7.1')!)) // true
 */
export function parseNetwork(text: string): Network | undefined {
  const [written = '', length, ...more] = text.split('/')
  const address = parseAddress(written)
  if (address === undefined || more.length > 0) return undefined
  const bits = 8 * address.length
  if (length === undefined) return { address, prefix: bits }
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) return undefined
  return { address, prefix: Number(length) }
}

/** `10.0.0.0/8`; without the length for a single address. */
export const formatNetwork = ({ address, prefix }: Network): string =>
  isSingle({ address, prefix }) ? formatAddress(address) : `${formatAddress(address)}/${prefix}`

/** Whether it is one address and not a range. */
export const isSingle = ({ address, prefix }: Network): boolean => prefix === 8 * address.length

/** Whether an address of either family is in the network. */
export const contains = ({ address, prefix }: Network, other: Uint8Array): boolean =>
  other.length === address.length && samePrefix(address, 0, other, 0, prefix)

/** Whether the first `bits` bits at `a[p]` and `b[q]` are the same. */
export function samePrefix(a: Uint8Array, p: number, b: Uint8Array, q: number, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (a[p + i] !== b[q + i]) return false
  const rest = bits & 7
  return rest === 0 || ((a[p + whole]! ^ b[q + whole]!) & (0xff00 >> rest)) === 0
}

/** The mask of a prefix: `prefixMask(4, 8)` is 255.0.0.0. */
export const prefixMask = (length: 4 | 16, prefix: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (0xff00 >> Math.min(Math.max(prefix - 8 * i, 0), 8)) & 0xff)
