import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { assertNumbers, type Subject, typesOf } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import type { Counter, Limit, Quota } from './meter.ts'

/** Changes a set by what is selected of the packet. */
export interface Dynamic {
  /** Tells it from other statements. */
  readonly kind: 'dynamic'
  /** `add` leaves an element that is there alone, `update` lets it live on, `delete` takes it away. */
  readonly op: 'add' | 'update' | 'delete'
  /** The name of the set. */
  readonly set: string
  /** What becomes the element, in nft's words. */
  readonly key: readonly string[]
  /** How long the element lives; as the set says by default. */
  readonly timeoutMilliseconds?: number
  /** What each element has of its own; a packet over an element's limit does not meet the rule. */
  readonly body: readonly ElementStatement[]
}

/** What an element may have of its own. */
export type ElementStatement = Counter | Limit | Quota

/** A set that rules change, as `table.set` makes it. */
export interface Changeable<K extends readonly DatatypeName[] = readonly DatatypeName[]> {
  /** Tells it from a map. */
  readonly kind: 'set'
  /** The name of the set. */
  readonly name: string
  /** The types of its elements’ parts. */
  readonly key: K
  /** Whether its elements may live for a time. */
  readonly timeouts: boolean
  /** Whether its elements may have statements of their own. */
  readonly dynamic: boolean
}

/** Options of `addTo` and `update`. */
export interface DynamicOptions {
  /** How long the element lives, in seconds; as the set says by default. The set must have timeouts. */
  readonly timeoutSeconds?: number | undefined
  /** What each element has of its own: counters, limits, quotas. The set must be dynamic. */
  readonly body?: readonly ElementStatement[] | undefined
}

/** What selects an element of a set with this key: `types` is there for the compiler alone. */
export type SubjectOf<K extends readonly DatatypeName[]> = Subject & {
  /** Of a selection or a concatenation. */
  readonly types?: K
}

/** Add what is selected to a set, if it is not there. Throws `EncodeError` when the set cannot have it. */
export const addTo = <K extends readonly DatatypeName[]>(
  set: Changeable<K>,
  key: SubjectOf<K>,
  options: DynamicOptions = {},
): Dynamic => dynamic('add', set, key, options)
/** Add what is selected to a set; where it is there, it lives as long again. Throws `EncodeError` when the set cannot have it. */
export const update = <K extends readonly DatatypeName[]>(
  set: Changeable<K>,
  key: SubjectOf<K>,
  options: DynamicOptions = {},
): Dynamic => dynamic('update', set, key, options)
/** Take what is selected out of a set. Throws `EncodeError` when the set cannot have it. */
export const deleteFrom = <K extends readonly DatatypeName[]>(set: Changeable<K>, key: SubjectOf<K>): Dynamic =>
  dynamic('delete', set, key, {})

function dynamic(op: Dynamic['op'], set: Changeable, { left, mask }: Subject, options: DynamicOptions): Dynamic {
  const { timeoutSeconds, body = [] } = check.options(op, options, { timeoutSeconds: true, body: true })
  const where = `${op} @${set.name}`
  const [is, wanted] = [typesOf({ left }).join(' . '), set.key.join(' . ')]
  if (mask !== undefined) throw new EncodeError(where, 'what is masked cannot be an element')
  if (is !== wanted) throw new EncodeError(where, `the set is of ${wanted}, and ${is} is selected`)
  assertNumbers(left.map(selectorOf), where)
  if (!set.timeouts && !set.dynamic)
    throw new EncodeError(where, 'rules change only a set with `timeouts: true` or `dynamic: true`')
  if (timeoutSeconds !== undefined && !set.timeouts)
    throw new EncodeError(where, 'elements have a timeout only in a set with `timeouts: true`')
  if (body.length > 0 && !set.dynamic)
    throw new EncodeError(where, 'elements have statements only in a set with `dynamic: true`')
  const timeout = timeoutSeconds === undefined ? {} : { timeoutMilliseconds: milliseconds(timeoutSeconds) }
  return Object.freeze({ kind: 'dynamic', op, set: set.name, key: left, ...timeout, body: Object.freeze([...body]) })
}

/** Returns the time the kernel is told, above 0. Throws `RangeError`. */
export function milliseconds(seconds: number): number {
  const time = Math.round(seconds * 1000)
  if (Number.isSafeInteger(time) && time > 0) return time
  throw new RangeError(`timeoutSeconds: ${String(seconds)} is no time above 0`)
}
