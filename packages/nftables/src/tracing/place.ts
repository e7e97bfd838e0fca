import { EncodeError } from '@nfkit/netlink-codec'
import type { Part } from '../commit/operation.ts'
import type { Match } from '../conditions/match.ts'
import type { Ruleset } from '../reading/listing.ts'
import { baseChainsOf } from '../reading/reach.ts'
import { assignment } from '../statements/assign.ts'
import { limit } from '../statements/meter.ts'
import type { Chain } from '../values/chain.ts'
import type { Hook } from '../values/hook.ts'
import type { Rule } from '../values/rule.ts'
import { Table } from '../values/table.ts'

/** The hooks where packets begin their way: those of the network, and those of this host. */
export const firstHooks = ['prerouting', 'output'] as const

const allHooks = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const

/** A hook of IP packets. */
export type IpHook = (typeof allHooks)[number]

/** Behind defragmentation (NF_IP_PRI_CONNTRACK_DEFRAG), in front of what judges. */
const earliest = -399
/** In front of the confirmation of connections alone (NF_IP_PRI_CONNTRACK_CONFIRM). */
const latest = 0x7fff_fffe

/** A rule that packets may miss, and what is done to find out why. */
export interface Asked {
  /** The rule. */
  readonly rule: Rule
  /** Rules that try one of its conditions each, where packets leave the hooks that lead to it. */
  readonly trials: readonly Trial[]
  /** Those hooks. */
  readonly hooks: readonly IpHook[]
}

/** A rule that tries one condition of another. */
export interface Trial {
  readonly condition: Match
  readonly hook: IpHook
  readonly trying: Rule
}

/** The table of a trace: its rules mark packets at the beginning of their way, and its chains tell where they leave a hook. */
export class TraceTable {
  readonly table: Table
  /** Chains in front of all others, with the rule that marks packets. */
  readonly first: readonly Chain[]
  readonly last: readonly Chain[]
  readonly marking: readonly Rule[]
  readonly asked: readonly Asked[]

  /** Throws `EncodeError` for conditions that no rule at the beginning of a packet's way can have. */
  constructor(
    name: string,
    conditions: readonly Match[],
    { rate, burst }: { readonly rate: number; readonly burst: number },
    asked: readonly Rule[],
    ruleset: Ruleset,
  ) {
    assertConditions(conditions)
    this.table = new Table('inet', name, { owner: true, comment: 'goes when the trace ends' })
    this.first = firstHooks.map((hook) => this.table.chain(`first-${hook}`, { hook, priority: before(ruleset, hook) }))
    this.last = allHooks.map((hook) => this.table.chain(`last-${hook}`, { hook, priority: latest }))
    const mark = assignment('meta nftrace', { value: 1 })
    this.marking = this.first.map((chain) => chain.rule(...conditions, limit(rate, { burst }), mark))
    this.asked = asked.map((rule) => this.#asked(rule, ruleset))
  }

  /** Everything in it, in the order in which it is made. */
  get parts(): readonly Part[] {
    const trying = this.asked.flatMap(({ trials }) => trials.map((trial) => trial.trying))
    return [this.table, ...this.first, ...this.last, ...trying, ...this.marking]
  }

  #asked(rule: Rule, { tables }: Ruleset): Asked {
    const listed = tables.find(({ table }) => table.family === rule.family && table.name === rule.table)
    const at = listed === undefined ? [] : baseChainsOf(listed, rule.chain).map(({ base }) => base!.hook)
    const ends = this.last.filter(({ base }) => at.includes(base!.hook))
    const trials = ends.flatMap((chain) =>
      rule.body
        .filter((clause): clause is Match => clause.kind === 'match' && !('set' in clause.right))
        .map((condition) => ({ condition, hook: chain.base!.hook as IpHook, trying: chain.rule(condition) })),
    )
    return { rule, trials, hooks: ends.map(({ base }) => base!.hook as IpHook) }
  }
}

/** The hook of a chain of the table's own, and which of its ends it is at; `undefined` for another chain. */
export function endOf(chain: string): { readonly hook: IpHook; readonly end: 'first' | 'last' } | undefined {
  const [, end, hook] = /^(first|last)-(\w+)$/.exec(chain) ?? []
  return hook === undefined ? undefined : { hook: hook as IpHook, end: end as 'first' | 'last' }
}

function before({ tables }: Ruleset, hook: Hook): number {
  const there = tables.flatMap(({ chains }) =>
    chains.flatMap(({ chain: { base } }) => (base?.hook === hook ? [base] : [])),
  )
  const lowest = there.reduce((least, { priority }) => Math.min(least, priority), earliest + 1)
  return Math.max(lowest - 1, -0x8000_0000)
}

function assertConditions(conditions: readonly Match[]): void {
  for (const { kind, left, right } of conditions) {
    if (kind !== 'match') throw new EncodeError('trace', `"${kind}" is no condition: say which packets are followed`)
    // Connection tracking that began and ended with the trace would take hooks with it.
    if (left.some((name) => name.startsWith('ct ')))
      throw new EncodeError('trace', `${left.join(' . ')} is not known where packets begin their way`)
    if ('set' in right) throw new EncodeError('trace', 'sets belong to a table: name the values')
  }
}
