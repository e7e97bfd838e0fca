import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { canonicalMember } from '../conditions/match.ts'
import { kindOf, networkOf } from '../datatype/bytes.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import { isRange, type Member, partsOf, type Value } from '../datatype/value.ts'
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

/** Returns an element. Throws `EncodeError` for a key the set cannot have. */
export function element(
  set: Container,
  key: Member,
  value: Value | Verdict | undefined,
  options: ElementOptions,
): Element {
  const { timeoutSeconds, comment } = check.options('element', options, { timeoutSeconds: true, comment: true })
  const where = `${set.kind} ${set.name}`
  if (!set.interval) assertExact(set, key, where)
  if (comment !== undefined) assertComment(comment)
  if (timeoutSeconds !== undefined && !set.timeouts)
    throw new EncodeError(where, 'its elements have no timeouts: make it with `timeouts: true`')
  return Object.freeze({
    kind: 'element',
    set,
    key: canonicalMember(set.key.map(kindOf), key, where),
    ...(value === undefined ? {} : { value }),
    ...(timeoutSeconds === undefined ? {} : { timeoutMilliseconds: milliseconds(timeoutSeconds) }),
    ...(comment === undefined ? {} : { comment }),
  })
}

function assertExact({ key, kind }: Container, member: Member, where: string): void {
  for (const [i, part] of partsOf(member).entries()) {
    const type = key[i]
    if (isRange(part) || (type !== undefined && networkOf(kindOf(type), part) !== undefined))
      throw new EncodeError(
        where,
        `${isRange(part) ? `${part.from}-${part.to} is a range` : `${part} is a network`}, and the ${kind} has single values: make it with \`interval: true\``,
      )
  }
}
