import type { DatatypeName } from '../datatype/datatype.ts'
import { type HeaderName, headers } from './header.ts'
import { ctDirectionKeys, ctKeys, fibInputs, fibResults, interfaceKeys, metaKeys } from './key.ts'
import { Selection } from './selection.ts'

/** `proto-src` as JavaScript spells it: `protoSrc`. */
export type Camel<S extends string> = S extends `${infer A}-${infer B}`
  ? `${A}${Capitalize<Camel<B>>}`
  : S extends `${infer A} ${infer B}`
    ? `${A}${Capitalize<Camel<B>>}`
    : S

const camel = (word: string): string => word.replace(/[- ](\w)/g, (_, letter: string) => letter.toUpperCase())

/** What nft selects under one word, by the words that follow it: `ip.saddr`, `ct.original.protoDst`. */
export type Selections<K extends { readonly [word: string]: readonly unknown[] }, At extends number = 0> = {
  readonly [W in keyof K & string as Camel<W>]: Selection<K[W][At] & DatatypeName>
}

function selections<K extends { readonly [word: string]: readonly unknown[] }, At extends number>(
  prefix: string,
  words: K,
): Selections<K, At> {
  const made = Object.keys(words).map((word) => [camel(word), new Selection(`${prefix}${word}`)])
  return Object.freeze(Object.fromEntries(made)) as Selections<K, At>
}

const header = <H extends HeaderName>(name: H) =>
  selections<(typeof headers)[H]['fields'], 0>(`${name} `, headers[name].fields)

/** Fields of the Ethernet header, where packets have one when the chain sees them. */
export const ether = header('ether')
/** Fields of the tag of a virtual LAN; the rule is about tagged frames alone. */
export const vlan = header('vlan')
/** Fields of ARP's header: in tables of the families arp, bridge and netdev. */
export const arp = header('arp')
/** Fields of the IPv4 header. In tables of several families the rule is about IPv4 packets alone. */
export const ip = header('ip')
/** Fields of the IPv6 header. In tables of several families the rule is about IPv6 packets alone. */
export const ip6 = header('ip6')
/** Fields of the TCP header; the rule is about TCP packets alone. */
export const tcp = header('tcp')
/** Fields of the UDP header; the rule is about UDP packets alone. */
export const udp = header('udp')
/** Fields of the UDP-Lite header; the rule is about UDP-Lite packets alone. */
export const udplite = header('udplite')
/** Fields of the SCTP header; the rule is about SCTP packets alone. */
export const sctp = header('sctp')
/** Fields of the DCCP header; the rule is about DCCP packets alone. */
export const dccp = header('dccp')
/** Fields of the ICMP header; the rule is about ICMP packets alone. */
export const icmp = header('icmp')
/** Fields of the ICMPv6 header; the rule is about ICMPv6 packets alone. */
export const icmpv6 = header('icmpv6')
/** Ports of whatever protocol has them: say which with `meta.l4proto`. */
export const th = header('th')

/** What the kernel knows of a packet. */
export const meta = Object.freeze({
  ...selections<typeof metaKeys, 1>('meta ', metaKeys),
  ...selections<typeof interfaceKeys, 1>('', interfaceKeys),
})

/** What connection tracking knows of a packet and its connection. */
export const ct = Object.freeze({
  ...selections<typeof ctKeys, 1>('ct ', ctKeys),
  /** Of the direction of the connection's first packet. */
  original: selections<typeof ctDirectionKeys, 1>('ct original ', ctDirectionKeys),
  /** Of the other direction. */
  reply: selections<typeof ctDirectionKeys, 1>('ct reply ', ctDirectionKeys),
})

/** What `fib` looks an address up by. */
export type FibInput = (typeof fibInputs)[number]

/**
 * What the routing table says of an address of the packet, looked up by the inputs as well: its `type`, or the interface to it.
 *
 * @example
 * import { fib } from '@nfkit/nftables'
 *
 * const spoofed = fib('saddr', 'iif').oif.is('missing')
 * console.log(spoofed.left) // [ 'fib saddr . iif oif' ]
 */
export function fib(address: 'saddr' | 'daddr', ...inputs: readonly FibInput[]): FibSelections {
  const flags = [address, ...fibInputs.filter((input) => inputs.includes(input))]
  return selections<typeof fibResults, 1>(`fib ${flags.join(' . ')} `, fibResults) as unknown as FibSelections
}

/** What `fib` finds. */
export interface FibSelections {
  /** The type of the address: `local`, `unicast`, … */
  readonly type: Selection<'fib_addrtype'>
  /** The number of the interface to the address, or whether there is one. */
  readonly oif: Selection<'iface_index' | 'boolean'>
  /** The name of the interface to the address. */
  readonly oifname: Selection<'ifname'>
}
