import type { Match } from '../conditions/match.ts'
import type { Rule } from '../values/rule.ts'
import { ruleKey, type TracedPacket, type TraceStep } from './packet.ts'
import { type Asked, endOf, type IpHook } from './place.ts'

/** The way of one packet: what it met, and what decided. */
export interface TracedPath {
  /** The packet, as the latest base chain saw it. Its steps have those of the trace's own table, too. */
  readonly packet: TracedPacket
  /** Rules, ends of chains and policies that it met, in order. */
  readonly steps: readonly TraceStep[]
  /** Hooks that it came to, in order, and whether it left them behind: it got through all chains there. */
  readonly hooks: readonly PassedHook[]
  /** What became of it. */
  readonly outcome: PathOutcome
  /** Of the rules that were asked about: those it did not meet although it left their hook, and the conditions of each that do not hold there. */
  readonly missed: readonly MissedRule[]
}

/** A hook on the way of a packet. */
export interface PassedHook {
  /** The hook. */
  readonly hook: IpHook
  /** Whether it got through all chains. */
  readonly left: boolean
}

/** A rule that a packet did not meet. */
export interface MissedRule {
  /** The rule. */
  readonly rule: Rule
  /** Conditions that did not hold where the packet left the hook; none of them where it never came to the rule. */
  readonly conditions: readonly Match[]
}

/** What became of a packet, as far as rules decide. */
export type PathOutcome =
  /** A rule or a policy dropped it. */
  | { readonly kind: 'dropped'; readonly step: TraceStep }
  /** It went to a queue, and nothing was heard of it since: it waits, or its program dropped it, or no program was there. */
  | { readonly kind: 'queued'; readonly step: TraceStep; readonly queue: number }
  /** It left the hook `input`, for a socket of this host. */
  | { readonly kind: 'delivered' }
  /** It left the hook `postrouting`, for an interface. */
  | { readonly kind: 'sent' }
  /** It was lost without a rule of nf_tables: among the chains of a hook; or behind it, where it is routed and where other filters of the next hook are. */
  | { readonly kind: 'vanished'; readonly hook: IpHook; readonly where: 'within' | 'behind' }

/** Steps of a packet, until they are a path. */
export class Draft {
  readonly packet: TracedPacket
  readonly #own: string
  readonly #asked: readonly Asked[]
  readonly #handles: ReadonlyMap<unknown, bigint>
  readonly #all: TraceStep[] = []

  /** `own` is the name of the trace's table, `handles` are those of its rules. */
  constructor(packet: TracedPacket, own: string, asked: readonly Asked[], handles: ReadonlyMap<unknown, bigint>) {
    this.packet = packet
    this.#own = own
    this.#asked = asked
    this.#handles = handles
  }

  add(step: TraceStep): void {
    this.#all.push(step)
  }

  /** Whether it has left the chain of this step, one of the trace's own: what is there now is another packet, to which the kernel gave the same id. */
  isBehind(step: TraceStep): boolean {
    return (
      this.#isOwn(step) &&
      this.#all.some((past) => past.kind === 'policy' && past.chain === step.chain && this.#isOwn(past))
    )
  }

  /** Whether no more can be heard of it. */
  get isOver(): boolean {
    const { kind } = this.#outcome()
    return kind === 'dropped' || kind === 'delivered' || kind === 'sent'
  }

  path(): TracedPath {
    const steps = this.#all.filter((step) => !this.#isOwn(step))
    return Object.freeze({
      packet: { ...this.packet, steps: [...this.#all] },
      steps,
      hooks: this.#hooks(),
      outcome: this.#outcome(),
      missed: this.#missed(),
    })
  }

  #isOwn({ table, family }: TraceStep): boolean {
    return family === 'inet' && table === this.#own
  }

  #hooks(): readonly PassedHook[] {
    const hooks: { hook: IpHook; left: boolean }[] = []
    for (const step of this.#all) {
      const own = this.#isOwn(step) ? endOf(step.chain) : undefined
      const hook = own?.hook ?? (step.base?.hook as IpHook | undefined)
      if (hook === undefined) continue
      if (hooks.at(-1)?.hook !== hook) hooks.push({ hook, left: false })
      if (own?.end === 'last') hooks.at(-1)!.left = true
    }
    return hooks
  }

  #outcome(): PathOutcome {
    const decided = this.#all.find(({ verdict }) => verdict?.kind === 'drop')
    if (decided) return { kind: 'dropped', step: decided }
    const end = this.#all.at(-1)
    const last = this.#hooks().at(-1)
    const isLeft = end?.kind === 'policy' && last?.left === true && this.#isOwn(end)
    if (isLeft && last.hook === 'input') return { kind: 'delivered' }
    if (isLeft && last.hook === 'postrouting') return { kind: 'sent' }
    if (end?.verdict?.kind === 'queue') return { kind: 'queued', step: end, queue: end.verdict.queue }
    return { kind: 'vanished', hook: last?.hook ?? 'prerouting', where: last?.left ? 'behind' : 'within' }
  }

  /** Of a condition that held, the rule that tried it has told. */
  #missed(): readonly MissedRule[] {
    const left = this.#hooks().flatMap(({ hook, left }) => (left ? [hook] : []))
    const met = new Set(
      this.#all.map(({ family, table, handle }) => (handle === undefined ? '' : ruleKey(family, table, handle))),
    )
    const held = (rule: Rule) => met.has(ruleKey('inet', this.#own, this.#handles.get(rule) ?? 0n))
    return this.#asked
      .filter(({ rule, hooks }) => hooks.some((hook) => left.includes(hook)) && !met.has(keyOf(rule)))
      .map(({ rule, trials }) => ({
        rule,
        conditions: trials
          .filter(({ hook, trying }) => left.includes(hook) && !held(trying))
          .map(({ condition }) => condition),
      }))
  }
}

const keyOf = ({ family, table, handle = 0n }: Rule): string => ruleKey(family, table, handle)
