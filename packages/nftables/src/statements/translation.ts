import { parseAddress } from '@nfkit/inet'
import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { kindOf } from '../datatype/bytes.ts'
import { canonical } from '../datatype/canonical.ts'
import { type Interval, isRange } from '../datatype/value.ts'
import { isLookup, type ValueLookup, valuesOf } from './map/value.ts'

/** Gives the connection other addresses or ports. In base chains of the type `nat`, for a connection's first packet. */
export type Translation = AddressTranslation | LocalTranslation

/** To an address that is named. */
export interface AddressTranslation {
  /** What is given: to the sender (`snat`) or the receiver (`dnat`). */
  readonly kind: 'snat' | 'dnat'
  /** The family of the address. */
  readonly family: 'ip' | 'ip6'
  /** The address, or the range of addresses; or what a map has for what it looks up. */
  readonly address?: Interval | ValueLookup
  /** The port, or the range of ports; or what a map has for what it looks up. */
  readonly port?: Interval | ValueLookup
  /** How the kernel chooses among several. */
  readonly flags: readonly TranslationFlag[]
}

/** To the address of the interface the packet leaves by (`masquerade`) or came in by (`redirect`). */
export interface LocalTranslation {
  /** What is given: to the sender (`masquerade`) or the receiver (`redirect`). */
  readonly kind: 'masquerade' | 'redirect'
  /** The port, or the range of ports; or what a map has for what it looks up. */
  readonly port?: Interval | ValueLookup
  /** How the kernel chooses among several. */
  readonly flags: readonly TranslationFlag[]
}

/** How the kernel chooses: `random` and `fully-random` ports, `persistent` addresses. */
export type TranslationFlag = keyof typeof translationFlags

/** The kernel's bits (NF_NAT_RANGE_*, include/uapi/linux/netfilter/nf_nat.h). */
export const translationFlags = { random: 4, persistent: 8, 'fully-random': 16 } as const

/** Options of `masquerade` and `redirect`. */
export interface LocalOptions {
  /** The port, or the range of ports; or what a map has for what it looks up. Then the rule is about the protocol of what is looked up. */
  readonly port?: number | { readonly from: number; readonly to: number } | ValueLookup | undefined
  /** How the kernel chooses among several. */
  readonly flags?: readonly TranslationFlag[] | undefined
}

/** Options of `snat` and `dnat`. */
export interface TranslationOptions extends LocalOptions {
  /** The family of the addresses, where a map of the table has them: all others tell it themselves. */
  readonly family?: 'ip' | 'ip6' | undefined
  /** The address, or the range of addresses: of one family. */
  readonly address: string | { readonly from: string; readonly to: string } | ValueLookup
}

/** Give the sender another address, at postrouting or input. Throws `EncodeError` for what is no address or port. */
export const snat = (to: TranslationOptions): AddressTranslation => addressed('snat', to)
/** Give the receiver another address, at prerouting or output. Throws `EncodeError` for what is no address or port. */
export const dnat = (to: TranslationOptions): AddressTranslation => addressed('dnat', to)
/** Give the sender the address of the interface the packet leaves by. Throws `EncodeError` for what is no address or port. */
export const masquerade = (to: LocalOptions = {}): LocalTranslation => local('masquerade', to)
/** Send the packet to this machine. Throws `EncodeError` for what is no address or port. */
export const redirect = (to: LocalOptions = {}): LocalTranslation => local('redirect', to)

function addressed(kind: 'snat' | 'dnat', to: TranslationOptions): AddressTranslation {
  check.options(kind, to, { address: true, port: true, flags: true, family: true })
  if (typeof to.address === 'object' && 'map' in to.address) return mapped(kind, to.address, to)
  const first = isRange(to.address) ? to.address.from : to.address
  const length = typeof first === 'string' ? parseAddress(first)?.length : undefined
  if (length === undefined)
    throw new EncodeError(kind, 'its address is neither an IPv4 nor an IPv6 address, nor a range of them')
  const family = length === 4 ? 'ip' : 'ip6'
  const address = canonical(kindOf(length === 4 ? 'ipv4_addr' : 'ipv6_addr'), to.address, `${kind} address`)
  return Object.freeze({ kind, family, address, ...ported(kind, to) })
}

/** A map gives an address. */
function mapped(kind: 'snat' | 'dnat', lookup: ValueLookup, to: TranslationOptions): AddressTranslation {
  const first = 'entries' in lookup.map ? parseAddress(String(lookup.map.entries[0]![1])) : undefined
  const family = first === undefined ? to.family : first.length === 4 ? 'ip' : 'ip6'
  if (family === undefined)
    throw new EncodeError(kind, 'the map does not tell whether its addresses are of IPv4: name the family, ip or ip6')
  const address = valuesOf(lookup, kindOf(family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'), `${kind} address`)
  return Object.freeze({ kind, family, address, ...ported(kind, to) })
}

function local(kind: 'masquerade' | 'redirect', to: LocalOptions): LocalTranslation {
  check.options(kind, to, { port: true, flags: true })
  return Object.freeze({ kind, ...ported(kind, to) })
}

function ported(
  kind: string,
  { port, flags = [] }: LocalOptions,
): { port?: Interval | ValueLookup; flags: readonly TranslationFlag[] } {
  for (const flag of flags) check.word('flags', flag, translationFlags)
  const sorted = Object.freeze(
    (Object.keys(translationFlags) as TranslationFlag[]).filter((flag) => flags.includes(flag)),
  )
  if (port === undefined) return { flags: sorted }
  const [type, where] = [kindOf('inet_service'), `${kind} port`]
  return { port: isLookup(port) ? valuesOf(port, type, where) : canonical(type, port, where), flags: sorted }
}
