import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { ByteTest } from './bpf.ts'
import type { Condition } from './condition.ts'

/** A filter taken apart, once for all who ask it: `compile` makes it. */
export class CompiledFilter {
  readonly conditions: readonly Condition[]
  /** Whether a flow fulfils all of them. */
  readonly matches: (flow: Flow) => boolean

  constructor(conditions: readonly Condition[]) {
    this.conditions = conditions
    this.matches = every(conditions)
  }

  /** What a socket filter can tell by the bytes of an event. */
  get tests(): ByteTest[] {
    return this.conditions.flatMap(({ tests }) => tests ?? [])
  }

  /** The conditions that hold for a connection's whole life. */
  get lasting(): CompiledFilter {
    return new CompiledFilter(this.conditions.filter(({ constant }) => constant))
  }

  /**
   * What has to be dumped to know which flows match. An event tells mark and status, and labels or a state only when those changed: a
   * flow that fails the filter for its mark can meet it later in an event that says nothing of its labels, so that all are needed.
   */
  get snapshot(): CompiledFilter {
    const told = this.conditions.every(({ constant, tests }) => constant || tests !== undefined)
    return told ? this : this.lasting
  }
}

function every(conditions: readonly Condition[]): (flow: Flow) => boolean {
  const [first, ...rest] = conditions.map(({ matches }) => matches)
  if (first === undefined) return () => true
  if (rest.length === 0) return first
  return (flow) => first(flow) && rest.every((matches) => matches(flow))
}
