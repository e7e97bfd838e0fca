import { parseAddress, parseNetwork, prefixMask } from '@nfkit/inet'
import { MatchError } from './error.ts'
import type { Token } from './token.ts'

/** A network as `net` names it, or a host. */
export interface Network {
  readonly address: Uint8Array
  readonly mask: Uint8Array
}

/** A whole number from 0 to `most`; decimal or hexadecimal. */
export function numberIn({ text, at }: Token, most: number): number {
  if (!/^(0x[0-9a-f]+|0|[1-9]\d*)$/i.test(text)) throw new MatchError(at, `"${text}" is no number from 0 to ${most}`)
  const value = Number(text)
  if (value > most) throw new MatchError(at, `${text} is above ${most}`)
  return value
}

/** A port. Names of services are not looked up. */
export function portIn(token: Token): number {
  if (/^[a-z]/i.test(token.text))
    throw new MatchError(token.at, `give the number of port "${token.text}": names are not looked up`)
  return numberIn(token, 0xffff)
}

/** `20-30`, or one port; in either order, as pcap-filter has it. */
export function portRangeIn(token: Token): { first: number; last: number } {
  const dash = token.text.indexOf('-')
  if (dash < 0) {
    const port = portIn(token)
    return { first: port, last: port }
  }
  const ends = [
    portIn({ text: token.text.slice(0, dash), at: token.at }),
    portIn({ text: token.text.slice(dash + 1), at: token.at + dash + 1 }),
  ] as const
  return { first: Math.min(...ends), last: Math.max(...ends) }
}

/** One address of either family. Names are not looked up. */
export function hostIn({ text, at }: Token): Network {
  const address = parseAddress(text)
  if (address) return { address, mask: new Uint8Array(address.length).fill(0xff) }
  if (text.includes('/')) throw new MatchError(at, `"${text}" is a network: say net ${text}`)
  throw new MatchError(at, `"${text}" is no IPv4 or IPv6 address; names are not looked up`)
}

/** `10.0.0.0/8`, `2001:db8::/32`, `192.168` or `10`: what is not written of an IPv4 network is not compared. */
export function networkIn({ text, at }: Token): Network {
  const [, short, length] = /^(\d+(?:\.\d+){0,2})(\/.*)?$/.exec(text) ?? []
  const parts = short?.split('.').length ?? 4
  const found = parseNetwork(
    short === undefined ? text : `${short}${'.0'.repeat(4 - parts)}${length ?? `/${8 * parts}`}`,
  )
  if (found === undefined) throw noNetwork({ text, at })
  return network(found.address, prefixMask(found.address.length as 4 | 16, found.prefix), { text, at })
}

/** Why a text is no network: its length where there is an address in front of it. */
function noNetwork({ text, at }: Token): MatchError {
  const slash = text.indexOf('/')
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash))
  if (address) numberIn({ text: text.slice(slash + 1), at: at + slash + 1 }, 8 * address.length)
  return new MatchError(at, `"${text}" is no network, as 10.0.0.0/8, 192.168 or 2001:db8::/32`)
}

/** `net 10.0.0.0 mask 255.0.0.0`. */
export function maskedNetworkIn(net: Token, mask: Token): Network {
  const [address, maskBytes] = [hostIn(net).address, hostIn(mask).address]
  if (maskBytes.length !== 4 || address.length !== 4)
    throw new MatchError(mask.at, 'a mask is for IPv4; write /LENGTH for IPv6')
  return network(address, maskBytes, net)
}

function network(address: Uint8Array, mask: Uint8Array, { text, at }: Token): Network {
  if (address.some((byte, i) => (byte & ~mask[i]!) !== 0))
    throw new MatchError(at, `${text} has bits set behind its mask: no packet could match`)
  return { address, mask }
}
