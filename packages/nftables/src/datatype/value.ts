import type { DatatypeName, datatypes } from './datatype.ts'

/**
 * A value as programs write it: addresses, networks (`10.0.0.0/8`), names of interfaces (`eth*` for all that begin so) and words of nft as
 * text, bits as their words (`established,related`), everything else as a number, above 2⁵³ as a bigint.
 */
export type Value = string | number | bigint

/** Values from the first to the last, both of them included. */
export interface Range {
  /** The first. */
  readonly from: Value
  /** The last. */
  readonly to: Value
}

/** What an element of a set of one field is: a value, a network, or a range. */
export type Interval = Value | Range

/** What an element of a set is: of a set of several fields, a part for each. */
export type Member = Interval | readonly Interval[]

/** Returns whether an interval is written as a range. */
export const isRange = (interval: Interval): interval is Range => typeof interval === 'object' && 'from' in interval

/** Returns the parts of a member, one for each field. */
export const partsOf = (member: Member): readonly Interval[] =>
  Array.isArray(member) ? (member as readonly Interval[]) : [member as Interval]

/** The words nft has for values of a type. */
export type WordsOf<T extends DatatypeName> = keyof (typeof datatypes)[T]['symbols'] & string

/** What a program may write for a value of a type. The kinds of text are told apart by `Fits`. */
export type ValueOf<T extends DatatypeName> = T extends 'ipv4_addr' | 'ipv6_addr' | 'ether_addr' | 'ifname' | 'string'
  ? string
  : T extends 'integer'
    ? number | bigint
    : number | WordsOf<T>

/** A value, a network or a range of a type, as a program writes it. */
export type IntervalOf<T extends DatatypeName> =
  | ValueOf<T>
  /** From the first to the last, both of them included. */
  | { readonly from: ValueOf<T>; readonly to: ValueOf<T> }

/** A part for each field of a concatenation. */
export type MembersOf<K extends readonly DatatypeName[]> = { readonly [I in keyof K]: IntervalOf<K[I]> }

/** `unknown`, or `never` where a literal cannot be meant: an address of the other family. */
export type Fits<T extends DatatypeName, V> = [T, V] extends
  | ['ipv4_addr', `${string}:${string}`]
  | ['ipv6_addr', `${number}.${number}.${number}.${string}`]
  ? never
  : unknown

/** The same for each value of a list. */
export type FitAll<T extends DatatypeName, V extends readonly unknown[]> = { readonly [I in keyof V]: Fits<T, V[I]> }

/** The same for one address: a network does not fit. */
export type FitsOne<T extends DatatypeName, V> = V extends `${string}/${string}` ? never : Fits<T, V>
