import { formatAddress, type Network, parseNetwork, prefixMask } from '@nfkit/inet'
import type { Segment } from './segments.ts'

/** How many bytes an address of each family has. */
export type AddressSize = 4 | 16

/** The addresses of a network, as numbers. */
export interface Region extends Pick<Segment, 'from' | 'to'> {
  readonly size: AddressSize
}

/** Returns the addresses of an address or a network in text; `undefined` when it is neither. */
export function regionOf(where: string): Region | undefined {
  const network = parseNetwork(where)
  if (network === undefined) return undefined
  const size = network.address.length as AddressSize
  const [address, mask] = [numberOf(network.address), numberOf(maskOf(network))]
  const from = address & mask
  return { from, to: from | (~mask & ((1n << BigInt(8 * size)) - 1n)), size }
}

/** What a set takes for these addresses. */
export const keyOf = ({ from, to }: Pick<Segment, 'from' | 'to'>, size: AddressSize) =>
  from === to ? textOf(from, size) : { from: textOf(from, size), to: textOf(to, size) }

const maskOf = ({ address, prefix }: Network): Uint8Array => prefixMask(address.length as AddressSize, prefix)
const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

const textOf = (value: bigint, size: AddressSize): string =>
  formatAddress(Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn)))
