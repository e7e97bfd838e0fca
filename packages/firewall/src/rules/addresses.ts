import { ip, ip6, ipv4Address, ipv6Address, type Match, type NamedSet, type RuleTable } from '@nfkit/nftables'
import type { FirewallHook } from './hooks.ts'

/** Addresses and networks of both families, each for as long as it is in there. */
export class AddressSets {
  readonly ipv4: NamedSet<readonly ['ipv4_addr'], true>
  readonly ipv6: NamedSet<readonly ['ipv6_addr'], true>

  constructor(table: RuleTable, name: string) {
    this.ipv4 = table.set(`${name}4`, { key: ipv4Address, interval: true, timeouts: true })
    this.ipv6 = table.set(`${name}6`, { key: ipv6Address, interval: true, timeouts: true })
  }

  /** Both sets. */
  get sets(): readonly [this['ipv4'], this['ipv6']] {
    return [this.ipv4, this.ipv6]
  }

  /** Whether the other end of a packet is in there; of a forwarded packet, one of its ends. */
  at(hook: FirewallHook): readonly Match[] {
    const from = [ip.saddr.in(this.ipv4), ip6.saddr.in(this.ipv6)]
    const to = [ip.daddr.in(this.ipv4), ip6.daddr.in(this.ipv6)]
    return { input: from, output: to, forward: [...from, ...to] }[hook]
  }
}
