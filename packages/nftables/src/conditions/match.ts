import { EncodeError } from '@nfkit/netlink-codec'
import { boundsOf, isPrefix, type Kind, networkOf } from '../datatype/bytes.ts'
import { canonical } from '../datatype/canonical.ts'
import { type DatatypeName, datatypes } from '../datatype/datatype.ts'
import { type Interval, isRange, type Member, partsOf, type Value } from '../datatype/value.ts'
import { type Selector, selectorOf } from './selector.ts'

/** How what is selected is compared. `any` and `none` are about bits: some, or none, of those named are set. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'any' | 'none'

/** A named set in a condition, a named map in a statement: of the same table. */
export interface SetName {
  /** The name of the set or the map. */
  readonly set: string
  /** Whether the set has intervals: then numbers in the machine's order are turned before they are looked up. */
  readonly interval?: true
}

/** What is compared with: one value, network or range; a list of them; or a named set. */
export type Operand =
  /** It is this value, in this network or in this range. */
  | { readonly value: Interval }
  /** It is one of these. */
  | { readonly list: readonly Member[] }
  | SetName

/** What of a packet is looked at: one thing, or several that are looked up together. */
export interface Subject {
  /** What is selected, in nft's words: `ip saddr`. Several are a concatenation. */
  readonly left: readonly string[]
  /** The bits that count. */
  readonly mask?: Value
}

/** A condition. A packet that does not meet it is not concerned by the rest of the rule. */
export interface Match extends Subject {
  /** Tells it from statements. */
  readonly kind: 'match'
  /** How it is compared. */
  readonly op: Comparison
  /** What it is compared with. */
  readonly right: Operand
}

/** Returns what is looked at, or throws `EncodeError`: an unknown selector, or bits of several. */
export function subject(left: readonly string[], mask?: Value): Subject {
  const [first, ...others] = left.map(selectorOf)
  if (first === undefined) throw new EncodeError('condition', 'it looks at nothing: name what it is about')
  if (mask === undefined) return { left: Object.freeze([...left]) }
  if (others.length > 0) throw new EncodeError(left.join(' . '), 'a mask needs one selector alone')
  return { left: Object.freeze([...left]), mask: canonical(first, mask, `${left[0]} mask`) as Value }
}

/** Returns a condition, its values in their canonical form. Throws `EncodeError` for one that nft could not compile. */
export function match(about: Subject, op: Comparison, right: Operand): Match {
  const where = about.left.join(' . ')
  const kinds = about.left.map(selectorOf)
  return Object.freeze({ kind: 'match', ...about, op, right: Object.freeze(operand(kinds, about, op, right, where)) })
}

function operand(kinds: readonly Selector[], about: Subject, op: Comparison, right: Operand, where: string): Operand {
  if ('value' in right) {
    if (kinds.length > 1) throw new EncodeError(where, 'values of several selectors are looked up in a list or a set')
    const [kind] = kinds as [Selector]
    const of = presence(kind, right.value) ?? kind
    assertComparable(of, about, op, right.value, where)
    assertBits(kind, right.value, where)
    return { value: canonical(of, right.value, where) }
  }
  if (op !== '==' && op !== '!=')
    throw new EncodeError(where, `"${op}" compares with one value: a list or a set is looked up with == and !=`)
  if ('set' in right || kinds.length > 1) assertNumbers(kinds, where)
  if ('set' in right) return right.interval ? { set: right.set, interval: true } : { set: right.set }
  if (right.list.length === 0) throw new EncodeError(where, 'the list is empty: no packet could be in it')
  const list = right.list.map((member) => lookedUp(kinds, member, where))
  if (list.length > 1 || kinds.length > 1) return { list: Object.freeze(list) }
  return operand(kinds, about, op, { value: list[0] as Interval }, where)
}

/** Returns a member of a set with these fields in canonical form. Throws `EncodeError` for one with too many parts or too few. */
export function canonicalMember(kinds: readonly Kind[], member: Member, where: string): Member {
  if (kinds.length === 1 && !Array.isArray(member)) return canonicalPart(kinds[0]!, member as Interval, where)
  const parts = partsOf(member)
  if (parts.length !== kinds.length)
    throw new EncodeError(where, `an element has ${parts.length} parts, and ${kinds.length} are needed`)
  const all = parts.map((part, i) => canonicalPart(kinds[i]!, part, where))
  return all.length === 1 ? all[0]! : Object.freeze(all)
}

function canonicalPart(kind: Kind, part: Interval, where: string): Interval {
  const value = canonical(kind, part, where)
  if (datatypes[kind.type].shape === 'bits' && String(value).includes(','))
    throw new EncodeError(where, 'in a set every bit is an element of its own')
  return value
}

/** The same, of what is looked up: a field of some bits by its values alone. */
export function lookedUp(kinds: readonly Selector[], member: Member, where: string): Member {
  const canonical = canonicalMember(kinds, member, where)
  for (const [i, part] of partsOf(canonical).entries()) {
    const kind = kinds[i]!
    if (kind.load.from !== 'payload' || kind.load.bits === undefined) continue
    if (isRange(part) && (kinds.length > 1 || kind.load.bits.shift > 0))
      throw new EncodeError(where, 'part of a byte is looked up by its values: list them')
    assertBits(kind, part, where)
  }
  return canonical
}

/** Throws `EncodeError` for a field whose bits lie in two bytes: the kernel moves bits only within numbers of the machine’s order. */
export function assertNumbers(kinds: readonly Selector[], where: string): void {
  for (const { load } of kinds)
    if (load.from === 'payload' && load.bits && load.bits.shift > 0 && load.length > 1)
      throw new EncodeError(where, 'its bits lie in two bytes: compare it with a value, or with a list by itself')
}

function assertComparable(kind: Kind, { mask }: Subject, op: Comparison, value: Interval, where: string): void {
  const { shape } = datatypes[kind.type]
  const several = isRange(value) || networkOf(kind, value) !== undefined || isPrefix(value)
  if ((op === 'any' || op === 'none') && shape !== 'bits')
    throw new EncodeError(where, `"${op}" is about bits, which ${kind.type} has not: compare with ==`)
  if ((op === 'any' || op === 'none') && mask !== undefined)
    throw new EncodeError(where, 'which bits count is said twice: by the mask, and by those that are named')
  if (several && op !== '==' && op !== '!=')
    throw new EncodeError(where, `"${op}" compares with one value, and this is a range or a prefix`)
  if (several && mask !== undefined) throw new EncodeError(where, 'what is masked is compared with one value')
  if (['<', '<=', '>', '>='].includes(op) && (shape === 'interface' || shape === 'text' || shape === 'bits'))
    throw new EncodeError(where, `"${op}" is about numbers and addresses, not ${kind.type}`)
}

/** A field of some bits holds no more than they do. */
function assertBits(kind: Selector, value: Interval, where: string): void {
  const { load } = kind
  if (load.from !== 'payload' || load.bits === undefined) return
  const { to } = boundsOf(kind, value, where)
  const most = 2 ** load.bits.count - 1
  if (to.reduce((sum, byte) => 256 * sum + byte, 0) > most)
    throw new EncodeError(where, `it has ${load.bits.count} bits: from 0 to ${most}`)
}

/** `fib saddr oif exists` asks only whether there is something: its value is a truth, not an interface. */
export const presence = ({ load }: Selector, value: Interval): Kind | undefined =>
  load.from === 'fib' && load.result === 'oif' && (value === 'exists' || value === 'missing')
    ? { type: 'boolean', length: 4 }
    : undefined

/** The types of what is looked at. */
export const typesOf = ({ left }: Subject): readonly DatatypeName[] => left.map((name) => selectorOf(name).type)
