import {
  accept,
  type Chain,
  counter,
  ct,
  drop,
  goto,
  jump,
  type Match,
  meta,
  type Part,
  parse,
  queue,
  type ChainRule as Rule,
  type RuleBatch,
  type RuleTable,
  reject,
  table,
  vmap,
} from '@nfkit/nftables'
import { type FirewallVerdict, firewallVerdicts, type MarkBits } from '../marks.ts'
import { ListSets } from './addresses.ts'
import { type FirewallHook, hooksOf } from './hooks.ts'
import type { Conditions } from './matching.ts'
import { NameRules, type NameTerms } from './names.ts'
import { link, loopback, related } from './passing.ts'
import { Refused } from './refused.ts'
import { type CachedChains, cachedBy, cleaning, settling, type VerdictChains } from './verdicts.ts'

/** What rules are made from. */
export interface RuleTerms {
  /** Of the table. */
  readonly name: string
  readonly marks: MarkBits
  /** Where connections are met. */
  readonly hooks: readonly FirewallHook[]
  /** Which of them are judged. */
  readonly match: readonly Conditions[]
  /** Number of the queue. */
  readonly queue: number
  /** Whether packets pass while no program reads the queue. */
  readonly bypass: boolean
  /** Whether the table goes with the program. */
  readonly owner: boolean
  /** Of the judging chains; packets are cleaned one before. */
  readonly priority: number
  readonly judgesLoopback: boolean
  /** Where names are listed. */
  readonly names?: NameTerms | undefined
}

/** The counter of what is decided so, and the chain that counts. */
export const counterOf = (verdict: FirewallVerdict): string => `cached_${verdict}`

/** How long a refused connection is remembered that no mark remembers: TCP asks again for two minutes, and no answer stops it. */
const remembered = { dropped: 130, rejected: 10 }

/**
 * The rules of a firewall, as values. At each hook a chain cleans packets of bits that are no verdict, and the next one judges: a packet that
 * comes back from the judge brings its verdict as a mark, what is decided passes by the connection's mark, and the rest goes to the queue.
 */
export class Layout implements VerdictChains {
  readonly table: RuleTable
  readonly settle: Chain
  readonly cached
  readonly held: CachedChains
  readonly refuse: Chain
  readonly dropped: Chain
  readonly rejected: Chain
  readonly blocked: ListSets
  readonly allowed: ListSets
  readonly names: NameRules | undefined
  readonly #terms: RuleTerms
  readonly #decide: Chain
  readonly #related: Chain
  readonly #link: Chain
  readonly #droppedEnds: Refused
  readonly #rejectedEnds: Refused

  constructor(terms: RuleTerms) {
    const made = table('inet', terms.name, { owner: terms.owner })
    this.#terms = terms
    this.table = made
    this.settle = made.chain('settle')
    this.refuse = made.chain('refuse')
    this.dropped = made.chain('dropped')
    this.rejected = made.chain('rejected')
    this.#decide = made.chain('decide')
    this.#related = made.chain('related')
    this.#link = made.chain('link')
    this.held = Object.fromEntries(
      firewallVerdicts.map((verdict) => [verdict, made.chain(counterOf(verdict))]),
    ) as unknown as CachedChains
    this.cached = made.map('cached', { key: 'mark', value: 'verdict' })
    this.#droppedEnds = new Refused(made, 'dropped', remembered.dropped)
    this.#rejectedEnds = new Refused(made, 'rejected', remembered.rejected)
    this.blocked = new ListSets(made, 'blocked')
    this.allowed = new ListSets(made, 'allowed')
    this.names = terms.names && new NameRules(made, terms.marks, terms.names)
  }

  /** All of it, under an epoch. Where nothing `counts`, connections are judged whatever their marks are. */
  parts(epoch: number, { counts = true } = {}): readonly [RuleTable, ...Part[]] {
    const { marks, priority } = this.#terms
    const hooks = hooksOf(this.#terms.hooks)
    const held = Object.values(this.held)
    const chains = [
      ...[this.settle, this.refuse, this.dropped, this.rejected, ...held],
      ...[this.#decide, this.#related, this.#link],
    ]
    return [
      this.table,
      ...chains,
      ...firewallVerdicts.map((verdict) => this.table.counter(counterOf(verdict))),
      this.cached,
      ...this.#remembered,
      ...this.blocked.sets,
      ...this.allowed.sets,
      ...(counts ? cachedBy(this, marks, epoch) : []),
      ...settling(this, marks, epoch),
      ...this.#ends(),
      ...related.map((clauses) => this.#related.rule(...clauses)),
      ...link.map((clauses) => this.#link.rule(...clauses)),
      ...this.#deciding(),
      ...(this.names?.parts(epoch, hooks, priority - 2) ?? []),
      ...hooks.flatMap((hook) => this.#hook(hook)),
    ]
  }

  /** Make everything void that was decided before an epoch. No hook is touched, and no waiting packet is lost. */
  begin(batch: RuleBatch, epoch: number): void {
    const { marks } = this.#terms
    batch.flush(this.cached, this.settle).add(...cachedBy(this, marks, epoch), ...settling(this, marks, epoch))
    if (this.names) batch.flush(this.names.admit).add(...this.names.admitting(epoch))
    this.forget(batch)
  }

  /** Make void what is remembered of connections that were refused before they were made. */
  forget(batch: RuleBatch): void {
    batch.flush(...this.#remembered)
  }

  /** Make void all that an earlier run has left in sets. */
  clear(batch: RuleBatch): void {
    batch.flush(...this.blocked.sets, ...this.allowed.sets, ...(this.names?.sets ?? []))
    this.forget(batch)
  }

  /** Whose packets a counter of the table counts. */
  countedBy(name: string): FirewallVerdict | undefined {
    return firewallVerdicts.find((verdict) => counterOf(verdict) === name)
  }

  /** All chains: without rules, everything passes. */
  get chains(): readonly Chain[] {
    return this.parts(0).filter((part) => part.kind === 'chain')
  }

  #blocked(hook: FirewallHook): readonly Match[] {
    return [...this.blocked.at(hook), ...(this.names?.blocked.at(hook) ?? [])]
  }

  get #remembered() {
    return [...this.#droppedEnds.sets, ...this.#rejectedEnds.sets]
  }

  #ends(): readonly Rule[] {
    const { refuse, dropped, rejected } = this
    return [
      // A reset needs no answer, and is how the other end learns of it.
      refuse.rule(...parse('tcp flags rst accept')),
      refuse.rule(reject('tcp reset')),
      refuse.rule(reject('icmpx admin-prohibited')),
      ...this.#droppedEnds.remembering.map((clauses) => dropped.rule(...clauses)),
      dropped.rule(drop()),
      ...this.#rejectedEnds.remembering.map((clauses) => rejected.rule(...clauses)),
      rejected.rule(goto(refuse)),
      ...this.#holding(),
    ]
  }

  /** What the kernel does by itself, and counts. */
  #holding(): readonly Rule[] {
    const end = { accept: accept(), drop: drop(), reject: goto(this.refuse) }
    return firewallVerdicts.map((verdict) =>
      this.held[verdict].rule(counter(this.table.counter(counterOf(verdict))), end[verdict]),
    )
  }

  /** What is decided, and else the judge. */
  #deciding(): readonly Rule[] {
    const { marks, queue: number, bypass } = this.#terms
    const chain = this.#decide
    return [
      chain.rule(vmap(ct.mark.masked(marks.mask), this.cached)),
      ...this.#droppedEnds.conditions.map((one) => chain.rule(one, goto(this.held.drop))),
      ...this.#rejectedEnds.conditions.map((one) => chain.rule(one, goto(this.held.reject))),
      chain.rule(queue(number, { bypass })),
    ]
  }

  #hook(hook: FirewallHook): readonly Part[] {
    const { marks, hooks, match, priority, judgesLoopback } = this.#terms
    const clean = this.table.chain(`clean_${hook}`, { hook, priority: priority - 1 })
    const judge = this.table.chain(`judge_${hook}`, { hook, priority })
    const matched = hooks.includes(hook) ? match : []
    return [
      clean,
      judge,
      clean.rule(...cleaning(marks)),
      judge.rule(meta.mark.masked(marks.mask).isNot(0), goto(this.settle)),
      ...(judgesLoopback ? [] : loopback[hook].map((clauses) => judge.rule(...clauses))),
      ...this.#blocked(hook).map((one) => judge.rule(one, drop())),
      judge.rule(ct.state.in(['related']), jump(this.#related)),
      ...this.allowed.at(hook).map((one) => judge.rule(one, accept())),
      ...(this.names?.allowed.toThem(hook) ?? []).map((one) => judge.rule(one, goto(this.names!.admit))),
      // Connections that were judged before, in both directions.
      judge.rule(ct.mark.masked(marks.mask).isNot(0), goto(this.#decide)),
      ...(hook === 'forward' ? [] : [judge.rule(jump(this.#link))]),
      ...matched.map((conditions) => judge.rule(...conditions, goto(this.#decide))),
    ]
  }
}
