import { formatAddress } from '@nfkit/inet'
import { EncodeError } from '@nfkit/netlink-codec'
import { addressBytes } from '../naming/tuple.ts'

/** Addresses with the same first bits. */
export interface Network {
  readonly bytes: Uint8Array
  /** How many bits count: 32 or 128 for a single address. */
  readonly prefix: number
  /** The addresses outside are meant. */
  readonly negated: boolean
}

/** `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`, each with `!` in front for all others. Throws `EncodeError`. */
export function parseNetwork(text: string): Network {
  if (typeof text !== 'string') throw new EncodeError('CTA_TUPLE_IP', `${String(text)} is no address or network`)
  const negated = text.startsWith('!')
  const [address = '', length, ...rest] = (negated ? text.slice(1).trim() : text).split('/')
  const bytes = addressBytes(address)
  const prefix = length === undefined ? 8 * bytes.length : Number(length)
  if (rest.length > 0 || !/^\d*$/.test(length ?? '') || length === '' || prefix > 8 * bytes.length)
    throw new EncodeError('CTA_TUPLE_IP', `"${text}" is no network: the prefix goes from 0 to ${8 * bytes.length}`)
  return { bytes, prefix, negated }
}

/** Whether it is one address and not a range. */
export const isSingle = ({ bytes, prefix }: Network): boolean => prefix === 8 * bytes.length

/** Whether the address, of either family, is meant. */
export function contains({ bytes, prefix, negated }: Network, address: Uint8Array | undefined): boolean {
  return (address !== undefined && address.length === bytes.length && sameBits(bytes, address, prefix)) !== negated
}

function sameBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const rest = bits & 7
  return rest === 0 || ((a[whole]! ^ b[whole]!) & (0xff00 >> rest)) === 0
}

export const formatNetwork = (network: Network): string =>
  `${network.negated ? 'not ' : ''}${formatAddress(network.bytes)}${isSingle(network) ? '' : `/${network.prefix}`}`
