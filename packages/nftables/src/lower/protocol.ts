import { ipProtocol } from '@nfkit/inet'
import { EncodeError } from '@nfkit/netlink-codec'
import type { HeaderName } from '../conditions/header.ts'
import type { Match } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import { bytesOf } from '../datatype/bytes.ts'
import type { Value } from '../datatype/value.ts'
import type { Family } from '../values/hook.ts'

/** The layers at which a rule settles on one protocol. */
export type Layer = 'link' | 'network' | 'transport'

/** A condition that a header needs before it can be read: what must be there at a layer. */
export interface Guard {
  readonly layer: Layer
  /** What tells the protocol of the layer, in nft's words. */
  readonly selector: string
  readonly protocol: Value
}

/** What the kernel calls the network protocol, by the family of the table. */
const networkSelector: { readonly [family in Family]: string } = {
  inet: 'meta nfproto',
  ip: 'meta nfproto',
  ip6: 'meta nfproto',
  arp: 'meta protocol',
  bridge: 'meta protocol',
  netdev: 'meta protocol',
}

const transport = (protocol: string): Guard => ({ layer: 'transport', selector: 'meta l4proto', protocol })

/** What headers need, beside what is so in all tables of a family. */
const transports: { readonly [header in HeaderName]?: Guard } = {
  tcp: transport('tcp'),
  udp: transport('udp'),
  udplite: transport('udplite'),
  sctp: transport('sctp'),
  dccp: transport('dccp'),
  icmp: transport('icmp'),
  icmpv6: transport('ipv6-icmp'),
}

/** The network protocol a header belongs to. */
const networks: { readonly [header in HeaderName]?: 'ip' | 'ip6' } = { ip: 'ip', ip6: 'ip6', icmp: 'ip', icmpv6: 'ip6' }

/** Selectors that settle a layer when they are compared with one value. */
const settling: { readonly [selector: string]: Layer } = {
  'meta nfproto': 'network',
  'meta protocol': 'network',
  'ether type': 'network',
  'meta l4proto': 'transport',
  'ip protocol': 'transport',
  'ip6 nexthdr': 'transport',
  iiftype: 'link',
}

/** What a rule's conditions have settled so far, as nft keeps it (struct proto_ctx): headers are guarded once. */
export class Protocols {
  readonly #family: Family
  readonly #known = new Map<Layer, number>()

  constructor(family: Family) {
    this.#family = family
    if (family === 'ip' || family === 'ip6') this.#known.set('network', networkNumber(family))
  }

  /** The conditions that must stand before a header is read, and do not stand yet. Throws `EncodeError` when others contradict. */
  guardsOf(header: HeaderName): readonly Guard[] {
    const guards: Guard[] = []
    const isBridge = this.#family === 'bridge'
    if (header === 'ether' && !isBridge) guards.push({ layer: 'link', selector: 'iiftype', protocol: 'ether' })
    const [network, above] = [networks[header], transports[header]]
    // What a bridge passes on has an Ethernet header, in which nft looks for the protocol below ICMP.
    if (network && above && isBridge) guards.push({ layer: 'network', selector: 'ether type', protocol: network })
    else if (network) guards.push(this.network(network))
    if (above) guards.push(above)
    return guards.filter((guard) => this.#isNew(guard, header))
  }

  /** The condition that the packet is of a family. */
  network(network: 'ip' | 'ip6'): Guard {
    const selector = networkSelector[this.#family]
    const byFamily = selector === 'meta nfproto'
    return { layer: 'network', selector, protocol: byFamily ? { ip: 'ipv4', ip6: 'ipv6' }[network] : network }
  }

  /** Whether the rule is about packets of this family alone. */
  isOnly(network: 'ip' | 'ip6'): boolean {
    return this.#known.get('network') === networkNumber(network)
  }

  /** A guard stands from here on. */
  settle({ layer, selector, protocol }: Guard): void {
    this.#known.set(layer, numberOf(selector, protocol))
  }

  /** A condition of the rule stands from here on: it may settle a layer that is not settled. */
  learn({ left, op, right, mask }: Match): void {
    const layer = settling[left[0]!]
    // In tables of both families nft asks for the family all the same.
    if (left[0] === 'meta protocol' && networkSelector[this.#family] !== 'meta protocol') return
    if (layer === undefined || op !== '==' || mask !== undefined || !('value' in right)) return
    if (typeof right.value === 'object' || this.#known.has(layer)) return
    this.settle({ layer, selector: left[0]!, protocol: right.value })
  }

  #isNew({ layer, selector, protocol }: Guard, header: string): boolean {
    const [known, needed] = [this.#known.get(layer), numberOf(selector, protocol)]
    if (known === undefined) return true
    if (known === needed) return false
    throw new EncodeError(header, `the rule is about other packets: no packet could be ${protocol}, too`)
  }
}

const networkNumber = (network: 'ip' | 'ip6'): number => (network === 'ip' ? ipProtocol.ipv4 : ipProtocol.ipv6)

/** Network protocols are compared by the number IP has for them, whatever a selector calls them. */
function numberOf(name: string, protocol: Value): number {
  const selector = selectorOf(name)
  const number = bytesOf(selector, protocol, name).reduce((sum, byte) => 256 * sum + byte, 0)
  if (selector.type === 'nf_proto') return networkNumber(number === 2 ? 'ip' : 'ip6')
  if (selector.type === 'ether_type' && number === 0x0800) return networkNumber('ip')
  if (selector.type === 'ether_type' && number === 0x86dd) return networkNumber('ip6')
  return number
}
