import {
  addTo,
  type Clause,
  concat,
  ct,
  ip,
  ip6,
  type Match,
  meta,
  type NamedSet,
  type RuleTable,
  th,
} from '@nfkit/nftables'

/** How many connections a set remembers; more are refused by the judge. */
const mostConnections = 16_384

/**
 * First packets that were refused: their connection is never made, and a mark dies with it. The kernel remembers them by their ends, for as long
 * as they are sent again.
 */
export class Refused {
  /** In the order of `families`. */
  readonly sets: readonly [NamedSet<typeof ipv4Ends>, NamedSet<typeof ipv6Ends>]
  readonly #seconds: number

  constructor(table: RuleTable, name: string, seconds: number) {
    const options = { timeouts: true, size: mostConnections } as const
    this.sets = [
      table.set(`${name}4`, { key: ipv4Ends, ...options }) as NamedSet<typeof ipv4Ends>,
      table.set(`${name}6`, { key: ipv6Ends, ...options }) as NamedSet<typeof ipv6Ends>,
    ]
    this.#seconds = seconds
  }

  /** Whether the packet is of such a connection: a condition for each family. */
  get conditions(): readonly Match[] {
    return [ipv4.in(this.sets[0]), ipv6.in(this.sets[1])]
  }

  /** What remembers a packet's connection, where no mark does: a rule for each family. */
  get remembering(): readonly (readonly Clause[])[] {
    const unmarked = [ct.state.in(['new', 'untracked', 'invalid']), meta.l4proto.in(['tcp', 'udp'])]
    const living = { timeoutSeconds: this.#seconds }
    return [
      [...unmarked, addTo(this.sets[0], ipv4, living)],
      [...unmarked, addTo(this.sets[1], ipv6, living)],
    ]
  }
}

const ports = ['inet_proto', 'inet_service', 'inet_service'] as const
const ipv4Ends = ['ipv4_addr', 'ipv4_addr', ...ports] as const
const ipv6Ends = ['ipv6_addr', 'ipv6_addr', ...ports] as const

const ipv4 = concat(ip.saddr, ip.daddr, meta.l4proto, th.sport, th.dport)
const ipv6 = concat(ip6.saddr, ip6.daddr, meta.l4proto, th.sport, th.dport)
