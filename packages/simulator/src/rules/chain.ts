import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { Conntrack } from '../conntrack/conntrack.ts'
import type { HookFunction, Journey } from '../hooks/journey.ts'
import { queueVerdict } from '../hooks/verdict.ts'
import type { LogAction } from '../log/action.ts'
import { balanced } from './balance.ts'
import { changeConnection } from './connection-actions.ts'
import { marked } from './mark.ts'
import { type Condition, conditionsOf } from './match.ts'
import { answerTo, type Rejection } from './rejection.ts'
import type { Rule, RuleHandle } from './rule.ts'

/** What rules need of the rest of the kernel. */
export interface RuleHost {
  readonly seed: number
  /** The processor packets run on, which `fanout` chooses queues by. */
  processor(): number
  /** Where the connections are that rules change. */
  readonly tracking: Conntrack
  /** Copy a packet to a log group. */
  log(journey: Journey, action: LogAction): void
  /** Send what the sender of a packet is told. */
  answer(to: Journey, bytes: Uint8Array, how: Rejection | number): void
}

class PlacedRule implements RuleHandle {
  readonly rule: Rule
  readonly conditions: readonly Condition[]
  readonly #chain: Chain
  matched = 0

  constructor(rule: Rule, chain: Chain) {
    this.rule = rule
    this.conditions = conditionsOf(rule)
    this.#chain = chain
  }

  remove(): void {
    this.#chain.remove(this)
  }
}

/** One base chain: the rules of a table at a hook point, which are one hook function to the kernel. */
export class Chain implements HookFunction {
  readonly name: string
  readonly priority: number
  readonly #host: RuleHost
  #rules: PlacedRule[] = []
  #usesLabels = false

  constructor(name: string, priority: number, host: RuleHost) {
    this.name = name
    this.priority = priority
    this.#host = host
  }

  add(rule: Rule): RuleHandle {
    const placed = new PlacedRule(rule, this)
    this.#set([...this.#rules, placed])
    return placed
  }

  remove(rule: RuleHandle): void {
    this.#set(this.#rules.filter((other) => other !== rule))
  }

  clear(): void {
    this.#set([])
  }

  get rules(): readonly RuleHandle[] {
    return this.#rules
  }

  run(journey: Journey): number {
    for (const placed of this.#rules) {
      if (!placed.conditions.every((holds) => holds(journey))) continue
      placed.matched++
      const verdict = this.#apply(placed.rule, journey)
      if (verdict !== undefined) return verdict
    }
    return verdicts.accept
  }

  #set(rules: PlacedRule[]): void {
    this.#rules = rules
    const usesLabels = rules.some(({ rule }) => rule.setLabel !== undefined || rule.label !== undefined)
    if (usesLabels === this.#usesLabels) return
    this.#usesLabels = usesLabels
    const { labels } = this.#host.tracking
    if (usesLabels) labels.take()
    else labels.release()
  }

  #apply(rule: Rule, journey: Journey): number | undefined {
    const { packet } = journey
    if (rule.setMark !== undefined) packet.mark = marked(packet.mark, rule.setMark)
    if (rule.notrack && !packet.connection && !packet.template) packet.untracked = true
    changeConnection(this.#host.tracking, packet, rule)
    if (rule.log) this.#host.log(journey, rule.log)
    if (rule.verdict === 'reject') return this.#reject(journey, rule.rejectWith ?? 'port')
    if (rule.verdict !== undefined) return verdicts[rule.verdict]
    if (rule.queue === undefined) return undefined
    const { first, count } = typeof rule.queue === 'number' ? { first: rule.queue, count: 1 } : rule.queue
    const share = rule.fanout ? this.#host.processor() % count : balanced(packet, count, this.#host.seed)
    return queueVerdict(count === 1 ? first : first + share, rule.bypass ?? false)
  }

  #reject(journey: Journey, how: Rejection): number {
    const bytes = answerTo(journey, how, this.#host.tracking.profile)
    if (bytes !== undefined) this.#host.answer(journey, bytes, how)
    return verdicts.drop
  }
}
