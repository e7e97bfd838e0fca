import { ipProtocol } from '@nfkit/inet'
import { EncodeError } from '@nfkit/netlink-codec'
import type { HeaderName } from '../conditions/header.ts'
import type { Match } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import { bytesOf } from '../datatype/bytes.ts'
import { etherType } from '../datatype/symbol.ts'
import type { Value } from '../datatype/value.ts'
import type { Family } from '../values/hook.ts'

/** The layers at which a rule settles on one protocol. */
export type Layer = 'link' | 'tag' | 'network' | 'transport'

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

/** What a network protocol is called below it. */
type Network = 'ip' | 'ip6' | 'arp'

/** The network protocol a header belongs to. */
const networks: { readonly [header in HeaderName]?: Network } = {
  arp: 'arp',
  ip: 'ip',
  ip6: 'ip6',
  icmp: 'ip',
  icmpv6: 'ip6',
}

/** Types of Ethernet frames that say that a tag follows. */
const tags: readonly Value[] = ['8021q', '8021ad', 'vlan', 0x8100, 0x88a8]

/** Selectors that settle a layer when they are compared with one value. */
const settling: { readonly [selector: string]: Layer } = {
  'meta nfproto': 'network',
  'meta protocol': 'network',
  'ether type': 'network',
  'vlan type': 'network',
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
    if (family === 'ip' || family === 'ip6' || family === 'arp') this.#known.set('network', networkNumber(family))
  }

  /** The same, to go on from here in two ways. */
  copy(): Protocols {
    const copy = new Protocols(this.#family)
    for (const [layer, number] of this.#known) copy.#known.set(layer, number)
    return copy
  }

  /** The conditions that must stand before a header is read, and do not stand yet. Throws `EncodeError` when others contradict. */
  guardsOf(header: HeaderName): readonly Guard[] {
    const guards: Guard[] = []
    const isBridge = this.#family === 'bridge'
    if ((header === 'ether' || header === 'vlan') && !isBridge)
      guards.push({ layer: 'link', selector: 'iiftype', protocol: 'ether' })
    if (header === 'vlan' && !this.#known.has('tag')) guards.push(this.#tag())
    const [network, above] = [networks[header], transports[header]]
    // What a bridge passes on has an Ethernet header, in which nft looks for ARP, and for the protocol below ICMP.
    const isInFrame = isBridge && (above !== undefined || network === 'arp') && !this.#known.has('tag')
    if (network && isInFrame) guards.push({ layer: 'network', selector: 'ether type', protocol: network })
    else if (network) guards.push(this.network(network))
    if (above) guards.push(above)
    return guards.filter((guard) => this.#isNew(guard, header))
  }

  /** The condition that the frame has a tag. nft takes it for what is in the frame, and has no second one. */
  #tag(): Guard {
    if (this.#known.has('network') && !['ip', 'ip6', 'arp'].includes(this.#family))
      throw new EncodeError('vlan', 'a condition before it is about what is behind the tag: put this one first')
    return { layer: 'tag', selector: 'ether type', protocol: '8021q' }
  }

  /** The condition that the packet is of a family. Throws `EncodeError` where no packet of the table is. */
  network(network: Network): Guard {
    if (this.#known.has('tag')) return { layer: 'network', selector: 'vlan type', protocol: network }
    const selector = networkSelector[this.#family]
    if (network === 'arp') {
      if (selector !== 'meta protocol' && this.#known.get('network') !== networkNumber('arp'))
        throw new EncodeError('arp', `packets of a table of the family ${this.#family} are not of ARP: make one of arp`)
      return { layer: 'network', selector: 'meta protocol', protocol: network }
    }
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
    const layer = isTag(left[0]!, right) ? 'tag' : settling[left[0]!]
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

/** Whether a condition says that a tag follows the Ethernet header. */
const isTag = (selector: string, right: Match['right']): boolean =>
  selector === 'ether type' && 'value' in right && tags.includes(right.value as Value)

const networkNumber = (network: Network): number =>
  ({ ip: ipProtocol.ipv4, ip6: ipProtocol.ipv6, arp: etherType.arp })[network]

/** Network protocols are compared by the number IP has for them, whatever a selector calls them. */
function numberOf(name: string, protocol: Value): number {
  const selector = selectorOf(name)
  const number = bytesOf(selector, protocol, name).reduce((sum, byte) => 256 * sum + byte, 0)
  if (selector.type === 'nf_proto') return networkNumber(number === 2 ? 'ip' : 'ip6')
  if (selector.type === 'ether_type' && number === 0x0800) return networkNumber('ip')
  if (selector.type === 'ether_type' && number === 0x86dd) return networkNumber('ip6')
  return number
}
