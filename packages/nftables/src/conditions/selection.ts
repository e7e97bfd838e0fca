import { EncodeError } from '@nfkit/netlink-codec'
import { type DatatypeName, datatypes } from '../datatype/datatype.ts'
import type { FitAll, Fits, Interval, IntervalOf, Member, MembersOf, Value, ValueOf } from '../datatype/value.ts'
import { type Comparison, type Match, match, type Operand, type Subject, subject, typesOf } from './match.ts'

/** A set to look up in, as conditions need to know it: a value that `table.set` makes is one. */
export interface Lookup<K extends readonly DatatypeName[] = readonly DatatypeName[]> {
  /** Tells it from a map. */
  readonly kind: 'set'
  /** The name of the set. */
  readonly name: string
  /** The types of its elements' fields. */
  readonly key: K
  /** Whether its elements may be networks and ranges. */
  readonly interval: boolean
}

/**
 * What a condition is about: one thing that nft selects of a packet. Its methods make conditions. They throw `EncodeError` for what nft
 * could not compile: a port out of range, an address of the other family, a set of other keys.
 *
 * @example
 * import { ct, ip, meta, tcp } from '@nfkit/nftables'
 *
 * const rule = [ip.saddr.is('10.0.0.0/8'), tcp.dport.in([80, 443]), ct.state.in(['new']), meta.mark.masked(0xff).is(1)]
 * console.log(rule.length, rule[0]?.op) // 4 ==
 */
export class Selection<T extends DatatypeName = DatatypeName> implements Subject {
  readonly left: readonly string[]
  declare readonly mask?: Value
  /** The types of what is selected, for the compiler alone. */
  declare readonly types?: readonly [T]

  /** `name` is in nft's words: `ip saddr`. Throws `EncodeError` when nft has no such words. */
  constructor(name: string, mask?: Value) {
    const about = subject([name], mask)
    this.left = about.left
    if (about.mask !== undefined) this.mask = about.mask
    Object.freeze(this)
  }

  /** The same, of which only these bits count. */
  masked(mask: ValueOf<T> | string): Selection<T> {
    return new Selection(this.left[0]!, mask)
  }

  /** It is this value, in this network, or in this range. */
  is<const V extends IntervalOf<T>>(value: V & Fits<T, V>): Match {
    return match(this, '==', { value })
  }

  /** It is another. */
  isNot<const V extends IntervalOf<T>>(value: V & Fits<T, V>): Match {
    return match(this, '!=', { value })
  }

  /** It is one of these, or in this set. Of bits, as those of `ct state`: one of these is set. */
  in<const V extends readonly IntervalOf<T>[]>(list: V & FitAll<T, V>): Match
  in(set: Lookup<readonly [T]>): Match
  in(among: readonly Interval[] | Lookup): Match {
    return isBits(this) && Array.isArray(among)
      ? match(this, 'any', { value: among.join(',') })
      : match(this, '==', operandOf(this, among))
  }

  /** It is none of these, or not in this set. Of bits: none of these is set. */
  notIn<const V extends readonly IntervalOf<T>[]>(list: V & FitAll<T, V>): Match
  notIn(set: Lookup<readonly [T]>): Match
  notIn(among: readonly Interval[] | Lookup): Match {
    return isBits(this) && Array.isArray(among)
      ? match(this, 'none', { value: among.join(',') })
      : match(this, '!=', operandOf(this, among))
  }

  /** It is less. */
  below(value: ValueOf<T>): Match {
    return this.#compared('<', value)
  }

  /** It is this or less. */
  atMost(value: ValueOf<T>): Match {
    return this.#compared('<=', value)
  }

  /** It is more. */
  above(value: ValueOf<T>): Match {
    return this.#compared('>', value)
  }

  /** It is this or more. */
  atLeast(value: ValueOf<T>): Match {
    return this.#compared('>=', value)
  }

  #compared(op: Comparison, value: ValueOf<T>): Match {
    return match(this, op, { value })
  }
}

/** Several things that are looked up together, in nft's words `ip saddr . tcp dport`. `concat` makes one. */
export class Concatenation<K extends readonly DatatypeName[] = readonly DatatypeName[]> implements Subject {
  readonly left: readonly string[]
  /** The types of what is selected, for the compiler alone. */
  declare readonly types?: K

  /** The names are in nft's words. Throws `EncodeError`. */
  constructor(names: readonly string[]) {
    this.left = subject(names).left
    Object.freeze(this)
  }

  /** They are one of these, each with a part for every selector; or in this set. Throws `EncodeError` for what nft could not compile. */
  in(among: readonly MembersOf<K>[] | Lookup<K>): Match {
    return match(this, '==', operandOf(this, among))
  }

  /** They are none of these, or not in this set. Throws `EncodeError` for what nft could not compile. */
  notIn(among: readonly MembersOf<K>[] | Lookup<K>): Match {
    return match(this, '!=', operandOf(this, among))
  }
}

/**
 * Several selectors as one, to be looked up together. Throws `EncodeError` when one of them is masked.
 *
 * @example
 * import { concat, ip, tcp } from '@nfkit/nftables'
 *
 * console.log(concat(ip.daddr, tcp.dport).in([['192.0.2.1', 443]]).left) // [ 'ip daddr', 'tcp dport' ]
 */
export function concat<const T extends readonly DatatypeName[]>(
  ...selections: { readonly [I in keyof T]: Selection<T[I]> }
): Concatenation<T> {
  const masked = selections.find(({ mask }) => mask !== undefined)
  if (masked) throw new EncodeError(masked.left.join(), 'what is masked cannot be part of several')
  return new Concatenation(selections.flatMap(({ left }) => left))
}

const isBits = (about: Subject): boolean => typesOf(about).every((type) => datatypes[type].shape === 'bits')

function operandOf(about: Subject, among: readonly Member[] | Lookup): Operand {
  if (Array.isArray(among)) return { list: among }
  return namedSet(about, among as Lookup, 'set')
}

/** Returns the name of a set or map whose keys are of the same types. Throws `EncodeError` for another. */
export function namedSet(
  about: Subject,
  given: {
    readonly kind: string
    readonly name: string
    readonly key: readonly DatatypeName[]
    readonly interval: boolean
  },
  kind: 'set' | 'map',
): { readonly set: string; readonly interval?: true } {
  const where = about.left.join(' . ')
  const [wanted, is] = [typesOf(about).join(' . '), given.key?.join(' . ')]
  if (given.kind !== kind) throw new EncodeError(where, `a ${kind} is needed, and "${given.name}" is a ${given.kind}`)
  if (is !== wanted) throw new EncodeError(where, `the ${kind} "${given.name}" is of ${is}, and ${wanted} is needed`)
  return given.interval ? { set: given.name, interval: true } : { set: given.name }
}
