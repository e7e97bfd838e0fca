import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { assertName } from '../statements/name.ts'
import type { Clause } from '../statements/statement.ts'
import { assertHook, type ChainType, type Family, type Hook, type PriorityName, priorityOf } from './hook.ts'
import { assertComment, type Placed, placeIn, type TableName } from './identity.ts'
import { type Comment, type Rule, rule } from './rule.ts'
import { callerLine, type Sources } from './source.ts'

/** Options of a chain. */
export interface ChainOptions {
  /** Where the kernel gives packets to the chain. Without a hook, rules jump to it. */
  readonly hook?: Hook | undefined
  /**
   * The place among the hook's base chains: nft's word, or its number. Give chains that matter to each other different ones: of
   * two with equal priority, the one that was made last comes first. `filter` by default.
   */
  readonly priority?: number | PriorityName | undefined
  /** What becomes of packets that reach the end; `accept` by default. */
  readonly policy?: 'accept' | 'drop' | undefined
  /** What the chain does; `filter` by default. */
  readonly type?: ChainType | undefined
  /** The interface whose packets are meant, at ingress and egress. */
  readonly device?: string | undefined
  /** What nft shows beside the chain. */
  readonly comment?: string | undefined
}

/** What makes a chain a base chain. */
export interface BaseChain {
  /** Where the kernel gives packets to it. */
  readonly hook: Hook
  /** Its place among the base chains of the hook: the lower ones come first. */
  readonly priority: number
  /** What becomes of packets that reach its end. */
  readonly policy: 'accept' | 'drop'
  /** What it may do. */
  readonly type: ChainType
  /** Of a chain at ingress or egress: the interface whose packets are meant. */
  readonly device?: string
}

/** A chain of rules. Frozen data. */
export class Chain implements Placed {
  readonly kind = 'chain'
  readonly family: Family
  readonly table: string
  readonly name: string
  /** `undefined` for a chain that rules jump to. */
  declare readonly base?: BaseChain
  declare readonly comment?: string
  readonly #sources: Sources | undefined

  /** As `table.chain` makes it. */
  constructor(table: TableName, name: string, options: ChainOptions, sources?: Sources) {
    const place = placeIn(table)
    this.family = place.family
    this.table = place.table
    this.name = assertName('chain', name)
    const base = baseOf(table.family, options)
    if (base) this.base = base
    if (options.comment !== undefined) this.comment = options.comment
    this.#sources = sources
    Object.freeze(this)
  }

  /**
   * A rule of the chain: conditions, statements and `comment`, in nft's order. Throws `EncodeError` for what the kernel could not take.
   *
   * @example
   * import { comment, counter, drop, ip, table } from '@nfkit/nftables'
   *
   * const input = table('inet', 'fw').chain('input', { hook: 'input' })
   * console.log(input.rule(ip.saddr.is('192.0.2.7'), counter(), drop(), comment('a spammer')).comment) // a spammer
   */
  rule(...body: readonly (Clause | Comment)[]): Rule {
    return rule(this, body, this.#sources && callerLine(this.#sources))
  }
}

function baseOf(family: Family, options: ChainOptions): BaseChain | undefined {
  const { hook, priority, policy, type, device } = check.all('chain', options, {
    hook: (value) => assertHook(family, value as Hook),
    priority: (value) => priorityOf(family, value as number),
    policy: (value) => check.word('policy', value, { accept: true, drop: true }),
    type: (value) => check.word('type', value, { filter: true, nat: true, route: true }),
    device: (value) => assertName('device', value),
    comment: assertComment,
  })
  if (hook === undefined) {
    if ([priority, policy, type, device].every((option) => option === undefined)) return undefined
    throw new EncodeError('chain', 'only a base chain has a priority, policy, type or device: name its hook')
  }
  if ((hook === 'ingress' || hook === 'egress') !== (device !== undefined))
    throw new EncodeError(
      'chain',
      `at ${hook} a chain ${device === undefined ? 'needs the name of a device' : 'has no device'}`,
    )
  return Object.freeze({
    hook,
    priority: priorityOf(family, priority ?? 'filter'),
    policy: policy ?? 'accept',
    type: type ?? 'filter',
    ...(device === undefined ? {} : { device }),
  })
}
