import { ip, ip6, ipv4Address, ipv6Address, type Match, type NamedSet, type RuleTable } from '@nfkit/nftables'
import type { FirewallHook } from './hooks.ts'

/** What the sets take. */
export interface AddressSetTerms<I extends boolean> {
  /** Networks, or single addresses alone. */
  readonly interval: I
  /** How many of each family; any number by default. */
  readonly size?: number
}

/** Addresses of both families, each for as long as it is in there. */
export class AddressSets<I extends boolean = boolean> {
  readonly ipv4: NamedSet<readonly ['ipv4_addr'], I>
  readonly ipv6: NamedSet<readonly ['ipv6_addr'], I>

  constructor(table: RuleTable, name: string, terms: AddressSetTerms<I>) {
    this.ipv4 = table.set(`${name}4`, { key: ipv4Address, timeouts: true, ...terms })
    this.ipv6 = table.set(`${name}6`, { key: ipv6Address, timeouts: true, ...terms })
  }

  /** Both sets. */
  get sets(): readonly [this['ipv4'], this['ipv6']] {
    return [this.ipv4, this.ipv6]
  }

  /** Whether the other end of a packet is in there; of a forwarded packet, one of its ends. */
  at(hook: FirewallHook): readonly Match[] {
    const from = hook === 'output' ? [] : [ip.saddr.in(this.ipv4), ip6.saddr.in(this.ipv6)]
    return [...from, ...this.toThem(hook)]
  }

  /** Whether a packet goes to one of them from here, or through here. */
  toThem(hook: FirewallHook): readonly Match[] {
    return hook === 'input' ? [] : [ip.daddr.in(this.ipv4), ip6.daddr.in(this.ipv6)]
  }
}

/**
 * What a list has in the kernel: ranges, and single addresses apart from them, since a set of single addresses is changed in the same time however many
 * there are. A set of ranges is gone through at each change.
 */
export class ListSets {
  readonly single: AddressSets<false>
  readonly ranges: AddressSets<true>

  constructor(table: RuleTable, name: string) {
    this.single = new AddressSets(table, `${name}_single`, { interval: false })
    this.ranges = new AddressSets(table, name, { interval: true })
  }

  /** All four. */
  get sets() {
    return [...this.single.sets, ...this.ranges.sets]
  }

  /** Whether the other end of a packet is on the list; of a forwarded packet, one of its ends. */
  at(hook: FirewallHook): readonly Match[] {
    return [...this.single.at(hook), ...this.ranges.at(hook)]
  }
}
