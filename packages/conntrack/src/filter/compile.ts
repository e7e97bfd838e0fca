import { EncodeError, whole } from '@nfkit/netlink-codec'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { assertKeys, type Keys } from '../known.ts'
import type { ByteTest } from './bpf.ts'
import { type Condition, here } from './condition.ts'
import { endpoints } from './endpoints.ts'
import { families, familyIs } from './family.ts'
import { labelled, markIs, protocolIs, stateIs, zoneIs } from './fields.ts'
import type { FlowFilter } from './filter.ts'
import { hostIs, portIs } from './host.ts'
import { translation } from './nat.ts'
import { statusIs } from './status.ts'

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

/** Every key a filter may have: one that is misspelt would widen it in silence. */
const keys: Keys<FlowFilter> = {
  family: true,
  protocol: true,
  source: true,
  destination: true,
  sourcePort: true,
  destinationPort: true,
  icmp: true,
  direction: true,
  original: true,
  reply: true,
  host: true,
  port: true,
  nat: true,
  mark: true,
  status: true,
  zone: true,
  label: true,
  state: true,
  id: true,
  not: true,
  where: true,
}

/**
 * Take a filter apart; one that is compiled is returned as it is. A mask without bits is no condition. Throws `EncodeError` for what cannot
 * be meant.
 */
export function compile(filter: FlowFilter | CompiledFilter): CompiledFilter {
  return filter instanceof CompiledFilter ? filter : new CompiledFilter(conditionsOf(filter))
}

/**
 * Whether flows fulfil a filter, for those who have them from elsewhere than the table. Throws `EncodeError` for a filter that cannot be meant; the
 * function throws what its `where` throws.
 *
 * @example
 * import { flowMatcher } from '@nfkit/conntrack'
 * import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
 * import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
 *
 * const isMarked = flowMatcher({ mark: 7 })
 * console.log(isMarked(new Flow(new Attrs(encodeAttrs(conntrack, { mark: 7 })), 2))) // true
 */
export const flowMatcher = (filter: FlowFilter): ((flow: Flow) => boolean) => compile(filter).matches

function conditionsOf(filter: FlowFilter): Condition[] {
  assertKeys(filter, keys, 'FlowFilter')
  const conditions: (Condition | undefined)[] = [
    filter.family !== undefined ? familyIs(filter.family) : undefined,
    filter.protocol !== undefined ? protocolIs(filter.protocol) : undefined,
    ...families(filter),
    ...endpoints(filter),
    filter.host !== undefined ? hostIs(filter.host) : undefined,
    filter.port !== undefined ? portIs(filter.port) : undefined,
    ...(filter.nat !== undefined ? translation(filter.nat) : []),
    filter.mark !== undefined ? markIs(filter.mark) : undefined,
    filter.status !== undefined ? statusIs(filter.status) : undefined,
    filter.zone !== undefined ? zoneIs(filter.zone) : undefined,
    filter.state !== undefined ? stateIs(filter.state) : undefined,
    filter.label !== undefined ? labelled(filter.label) : undefined,
    filter.id !== undefined ? idIs(filter.id) : undefined,
    filter.not !== undefined ? except(compile(filter.not)) : undefined,
    filter.where !== undefined ? satisfies(filter.where) : undefined,
  ]
  return conditions.filter((condition) => condition !== undefined)
}

function idIs(id: number): Condition {
  whole(id, 0xffff_ffff, 'CTA_ID')
  return here(`id = ${id}`, true, (flow) => flow.id === id)
}

function except({ conditions, matches }: CompiledFilter): Condition {
  const text = conditions.map((condition) => condition.text).join(' and ')
  const constant = conditions.every((condition) => condition.constant)
  return here(`not (${text})`, constant, (flow) => !matches(flow))
}

/** The user's own condition. A promise would count as true, and with it every flow. */
function satisfies(where: (flow: Flow) => boolean): Condition {
  if (typeof where !== 'function') throw new EncodeError('FlowFilter', '"where" is no function')
  return here('where(flow)', false, (flow) => {
    const answer = where(flow)
    if (typeof answer === 'object' && answer !== null)
      throw new EncodeError('FlowFilter', '"where" returned an object: it has to answer true or false at once')
    return answer
  })
}
