import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { FlowEvent } from '../events/event.ts'
import { flowKey } from '../naming/key.ts'
import { isSame, merge } from './merge.ts'
import { ChangeTime } from './time.ts'

/** One difference between the view before and after, what it was learnt from, and when it happened. */
export type ViewChange =
  /** A flow came into the view or left it. */
  | { readonly kind: 'added' | 'removed'; readonly flow: Flow; readonly cause: ChangeCause; readonly time: ChangeTime }
  /** A flow of the view changed; `before` is the flow as it was. */
  | {
      readonly kind: 'changed'
      readonly flow: Flow
      readonly before: Flow
      readonly cause: ChangeCause
      readonly time: ChangeTime
    }

/** How a change came to be known. */
type Learnt = Pick<ViewChange, 'cause' | 'time'>

/** What a change was learnt from: the first dump, an event, or a dump that repaired what events could not tell. */
export type ChangeCause = 'snapshot' | 'event' | 'resync'

/**
 * The flows of a table that match, kept up to date from events and dumps. While a dump runs, what events say of a flow counts for
 * more: a dump shows an entry as it was when the kernel walked past.
 */
export class FlowView {
  readonly flows = new Map<string, Flow>()
  /** Flows that do not match now, and may when they change: events leave out what the filter has to know of them then. */
  readonly #others: Map<string, Flow> | undefined
  readonly #matches: (flow: Flow) => boolean
  readonly #emit: (change: ViewChange) => void
  /** While a dump runs: entries it has shown, and entries events have told of since it began. */
  #dump:
    | { readonly cause: ChangeCause; readonly seen: Set<string>; readonly told: Map<string, 'living' | 'gone'> }
    | undefined

  /** `keepOthers`: whether `matches` depends on what events may leave out. */
  constructor(matches: (flow: Flow) => boolean, emit: (change: ViewChange) => void, keepOthers: boolean) {
    this.#matches = matches
    this.#emit = emit
    this.#others = keepOthers ? new Map() : undefined
  }

  event(event: FlowEvent): void {
    const { kind, flow } = event
    const key = flowKey(flow)
    const learnt: Learnt = { cause: 'event', time: ChangeTime.of(event) }
    this.#dump?.told.set(key, kind === 'destroy' ? 'gone' : 'living')
    const before = this.#known(key)
    if (kind === 'destroy') {
      if (before) this.#remove(key, merge(before, flow), learnt)
    } else if (kind === 'new' || before === undefined) this.#put(key, flow, learnt)
    else this.#put(key, merge(before, flow), learnt)
  }

  beginDump(cause: ChangeCause): void {
    this.#dump = { cause, seen: new Set(), told: new Map() }
  }

  /** One flow of the running dump. */
  dumped(flow: Flow): void {
    const { cause, seen, told } = this.#dump!
    const key = flowKey(flow)
    seen.add(key)
    const news = told.get(key)
    if (news === 'gone') return
    const current = news === 'living' ? this.#known(key) : undefined
    if (news === 'living' && current === undefined) return
    this.#put(key, current ? merge(flow, current) : flow, { cause, time: ChangeTime.now() })
  }

  /** The dump is complete: flows that neither the dump nor an event has shown are gone. */
  endDump(): void {
    const { cause, seen, told } = this.#dump!
    const learnt: Learnt = { cause, time: ChangeTime.now() }
    this.#dump = undefined
    for (const flows of [this.flows, this.#others ?? []])
      for (const [key, flow] of flows) if (!seen.has(key) && told.get(key) !== 'living') this.#remove(key, flow, learnt)
  }

  #known(key: string): Flow | undefined {
    return this.flows.get(key) ?? this.#others?.get(key)
  }

  #put(key: string, flow: Flow, learnt: Learnt): void {
    const before = this.flows.get(key)
    if (!this.#matches(flow)) {
      if (before) this.#remove(key, flow, learnt)
      this.#others?.set(key, flow)
      return
    }
    this.#others?.delete(key)
    this.flows.set(key, flow)
    if (before === undefined) this.#emit({ kind: 'added', flow, ...learnt })
    else if (!isSame(before, flow)) this.#emit({ kind: 'changed', flow, before, ...learnt })
  }

  #remove(key: string, flow: Flow, learnt: Learnt): void {
    this.#others?.delete(key)
    if (this.flows.delete(key)) this.#emit({ kind: 'removed', flow, ...learnt })
  }
}
