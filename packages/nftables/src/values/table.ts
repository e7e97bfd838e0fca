import { check } from '@nfkit/netlink-transport'
import type { LimitOptions, QuotaOptions } from '../statements/meter.ts'
import { assertName } from '../statements/name.ts'
import { Chain, type ChainOptions } from './chain.ts'
import type { CtHelperOptions } from './helper.ts'
import type { Family } from './hook.ts'
import { assertComment, type TableName } from './identity.ts'
import type { KeyOf, KeyOption, SetOptions } from './keyed.ts'
import { type MapOptions, type MapValue, NamedMap } from './map.ts'
import {
  type NamedCounter,
  type NamedHelper,
  type NamedLimit,
  type NamedQuota,
  namedCounter,
  namedHelper,
  namedLimit,
  namedQuota,
} from './object.ts'
import { NamedSet } from './set.ts'
import type { Sources } from './source.ts'

/** Options of `table`. */
export interface TableOptions {
  /**
   * The kernel takes the table back when the socket it was made with is closed, by whatever ends the program, and lets no other socket
   * change it; since Linux 5.12. Where the table has a base chain, all packets that wait in queues of the network namespace are
   * dropped then, those of other programs, too: `persist` avoids that. False by default.
   */
  readonly owner?: boolean | undefined
  /**
   * The table outlives its owner as an orphan, with its rules in force and waiting packets where they are, until a program adds it again
   * with `owner` and `persist` and so adopts it; since Linux 6.9. False by default.
   */
  readonly persist?: boolean | undefined
  /** No chain of the table sees packets; false by default. */
  readonly dormant?: boolean | undefined
  /** What nft shows beside the table. */
  readonly comment?: string | undefined
  /** Each rule that is made of the table's chains carries the line of the program that made it: with the file's name, or its whole path. */
  readonly sources?: Sources | undefined
}

/** A table of nf_tables: chains, sets and objects that refer to each other. Frozen data; its methods make values that are in it. */
export class Table implements TableName {
  readonly kind = 'table'
  readonly family: Family
  readonly name: string
  readonly owner: boolean
  readonly persist: boolean
  readonly dormant: boolean
  declare readonly comment?: string
  declare readonly sources?: Sources

  /** As `table` makes it. */
  constructor(family: Family, name: string, options: TableOptions = {}) {
    const {
      owner = false,
      persist = false,
      dormant = false,
      comment,
      sources,
    } = check.all('table', options, {
      owner: (value) => check.flag('owner', value),
      persist: (value) => check.flag('persist', value),
      dormant: (value) => check.flag('dormant', value),
      comment: assertComment,
      sources: (value) => check.word('sources', value, { file: true, path: true }),
    })
    this.family = check.word('family', family, { inet: 1, ip: 1, ip6: 1, arp: 1, bridge: 1, netdev: 1 })
    this.name = assertName('table', name)
    this.owner = owner
    this.persist = persist
    this.dormant = dormant
    if (comment !== undefined) this.comment = comment
    if (sources !== undefined) this.sources = sources
    Object.freeze(this)
  }

  /**
   * A chain of rules. With a hook it is a base chain, which the kernel gives packets; without one, rules jump to it. Throws `RangeError`,
   * `TypeError` and `EncodeError` for what cannot be.
   */
  chain(name: string, options: ChainOptions = {}): Chain {
    return new Chain(this, name, options, this.sources)
  }

  /** A set of values to look up in.Throws `EncodeError`, `RangeError` and `TypeError` for what cannot be. */
  set<const K extends KeyOption, const I extends boolean = false>(
    name: string,
    options: SetOptions<K, I>,
  ): NamedSet<KeyOf<K>, I> {
    return new NamedSet<KeyOf<K>, I>(this, name, options)
  }

  /** A map from values to verdicts, or to other values.Throws `EncodeError`, `RangeError` and `TypeError` for what cannot be. */
  map<const K extends KeyOption, const D extends MapValue, const I extends boolean = false>(
    name: string,
    options: MapOptions<K, D, I>,
  ): NamedMap<KeyOf<K>, D, I> {
    return new NamedMap<KeyOf<K>, D, I>(this, name, options)
  }

  /** A counter that several rules share.Throws `EncodeError`, `RangeError` and `TypeError` for what cannot be. */
  counter(name: string): NamedCounter {
    return namedCounter(this, name)
  }

  /** A quota that several rules share.Throws `EncodeError`, `RangeError` and `TypeError` for what cannot be. */
  quota(name: string, bytes: bigint | number, options: QuotaOptions = {}): NamedQuota {
    return namedQuota(this, name, bytes, options)
  }

  /** A helper of connection tracking, which rules give to connections. Throws `EncodeError`, `RangeError` and `TypeError` for what cannot be. */
  ctHelper(name: string, options: CtHelperOptions): NamedHelper {
    return namedHelper(this, name, options)
  }

  /** A limit that several rules share.Throws `EncodeError`, `RangeError` and `TypeError` for what cannot be. */
  limit(name: string, rate: number, options: LimitOptions = {}): NamedLimit {
    return namedLimit(this, name, rate, options)
  }
}

/**
 * A table, as a value: nothing is in the kernel before it is committed. Throws `RangeError` and `TypeError` for options that make no
 * sense, `EncodeError` for a name the kernel does not take.
 *
 * @example
 * import { accept, counter, drop, ip, ipv4Address, table, tcp } from '@nfkit/nftables'
 *
 * const fw = table('inet', 'fw', { owner: true })
 * const blocked = fw.set('blocked', { key: ipv4Address, timeouts: true })
 * const input = fw.chain('input', { hook: 'input', priority: 'filter', policy: 'accept' })
 * const rules = [
 *   input.rule(ip.saddr.in(blocked), counter(), drop()),
 *   input.rule(tcp.dport.in([80, 443]), accept()),
 * ]
 * console.log(rules.length, blocked.element('192.0.2.7', { timeoutSeconds: 60 }).key) // 2 192.0.2.7
 */
export const table = (family: Family, name: string, options: TableOptions = {}): Table =>
  new Table(family, name, options)
