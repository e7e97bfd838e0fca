import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { canonicalMember } from '../conditions/match.ts'
import { type Kind, kindOf, networkOf } from '../datatype/bytes.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import { type Interval, isRange, type Member, type Value } from '../datatype/value.ts'
import { milliseconds } from '../statements/dynamic.ts'
import type { Verdict } from '../statements/verdict.ts'
import { assertComment, type Placed } from './identity.ts'

/** What elements need to know of the set or the map they are in. */
export interface Container extends Placed {
  /** Which of the two it is. */
  readonly kind: 'set' | 'map'
  /** Its name. */
  readonly name: string
  /** The types of its elements’ parts. */
  readonly key: readonly DatatypeName[]
  /** Whether elements may be networks and ranges. */
  readonly interval: boolean
  /** Whether elements may live for a time. */
  readonly timeouts: boolean
  /** Of a map, what its values are. */
  readonly value?: DatatypeName | 'verdict'
}

/** An element of a set or a map. Frozen data. */
export interface Element {
  /** Tells it from other parts of a table. */
  readonly kind: 'element'
  /** The set or the map it is in. */
  readonly set: Container
  /** What it stands for: of a set of several parts, a list. */
  readonly key: Member
  /** Of a map: what the key leads to. */
  readonly value?: Value | Verdict
  /** How long it lives from the commit on; as the set says by default. */
  readonly timeoutMilliseconds?: number
  /** How much of that is left, of an element that was read; written again, it lives no longer. */
  readonly expiresMilliseconds?: number
  /** What nft shows beside it. */
  readonly comment?: string
}

/** Options of an element. */
export interface ElementOptions {
  /** How long it lives from the commit on, in seconds; as the set says by default. The set must have timeouts. */
  readonly timeoutSeconds?: number | undefined
  /** What nft shows beside it. */
  readonly comment?: string | undefined
}

const optionNames: check.OptionNames<ElementOptions> = { timeoutSeconds: true, comment: true }

/** Returns an element. Throws `EncodeError` for a key the set cannot have. */
export function element(
  set: Container,
  key: Member,
  value: Value | Verdict | undefined,
  options: ElementOptions,
): Element {
  const { timeoutSeconds, comment } = check.options('element', options, optionNames)
  const where = `${set.kind} ${set.name}`
  const kinds = set.key.map(kindOf)
  if (!set.interval) assertExact(kinds, set.kind, key, where)
  if (comment !== undefined) assertComment(comment)
  if (timeoutSeconds !== undefined && !set.timeouts)
    throw new EncodeError(where, 'its elements have no timeouts: make it with `timeouts: true`')
  const bare: Element = { kind: 'element', set, key: canonicalMember(kinds, key, where) }
  if (value === undefined && timeoutSeconds === undefined && comment === undefined) return Object.freeze(bare)
  return Object.freeze({
    ...bare,
    ...(value === undefined ? {} : { value }),
    ...(timeoutSeconds === undefined ? {} : { timeoutMilliseconds: milliseconds(timeoutSeconds) }),
    ...(comment === undefined ? {} : { comment }),
  })
}

function assertExact(kinds: readonly Kind[], kind: Container['kind'], member: Member, where: string): void {
  if (!Array.isArray(member)) assertSingle(kinds[0], kind, member as Interval, where)
  else for (const [i, part] of member.entries()) assertSingle(kinds[i], kind, part, where)
}

function assertSingle(of: Kind | undefined, kind: Container['kind'], part: Interval, where: string): void {
  if (!isRange(part) && (of === undefined || networkOf(of, part) === undefined)) return
  throw new EncodeError(
    where,
    `${isRange(part) ? `${part.from}-${part.to} is a range` : `${part} is a network`}, and the ${kind} has single values: make it with \`interval: true\``,
  )
}
