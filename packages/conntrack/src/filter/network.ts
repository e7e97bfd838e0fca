import * as inet from '@nfkit/inet'
import { EncodeError } from '@nfkit/netlink-codec'

/** Addresses with the same first bits, or all others. */
export interface Network extends inet.Network {
  /** The addresses outside are meant. */
  readonly negated: boolean
}

/** `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`, each with `!` in front for all others. Throws `EncodeError`. */
export function parseNetwork(text: string): Network {
  if (typeof text !== 'string') throw new EncodeError('CTA_TUPLE_IP', `${String(text)} is no address or network`)
  const negated = text.startsWith('!')
  const network = inet.parseNetwork(negated ? text.slice(1).trim() : text)
  if (network === undefined)
    throw new EncodeError(
      'CTA_TUPLE_IP',
      `"${text}" is neither an IPv4 nor an IPv6 address, nor a network of one, as 10.0.0.0/8: its prefix goes from 0 to 32, or to 128`,
    )
  return { ...network, negated }
}

/** Whether the address, of either family, is meant. */
export const contains = (network: Network, address: Uint8Array | undefined): boolean =>
  (address !== undefined && inet.contains(network, address)) !== network.negated

export const formatNetwork = (network: Network): string =>
  `${network.negated ? 'not ' : ''}${inet.formatNetwork(network)}`
