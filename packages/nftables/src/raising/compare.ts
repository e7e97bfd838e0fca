import { prefixMask } from '@nfkit/inet'
import { type Comparison, type Match, match, type Subject, subject } from '../conditions/match.ts'
import { compare, isHostNumber, type Kind, ordered } from '../datatype/bytes.ts'
import { valueFrom } from '../datatype/canonical.ts'
import { datatypes } from '../datatype/datatype.ts'
import type { Interval, Value } from '../datatype/value.ts'
import type { Held } from './registers/register.ts'
import { type Named, named, number } from './registers/source.ts'
import type { Scope } from './scope.ts'

/** How `cmp` and `range` compare, in nft's words. */
export const comparisons: { readonly [op: string]: Comparison } = {
  eq: '==',
  neq: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
}

/** A register's contents in nft's words: what is selected, and the bits of it that count, most significant byte first. */
export interface Selected extends Named {
  readonly held: Held
  readonly mask?: Uint8Array
  /** How far left its value lies in the register: 0 where the bits of the field were moved to the right. */
  readonly shift: number
}

/** What a register holds, where nft has words for it. */
export function selected(held: Held, scope: Scope): Selected | undefined {
  const { source, mask, xor } = held
  if (source === undefined || xor?.some((byte) => byte !== 0)) return undefined
  const name = named(source, scope, mask)
  if (name === undefined) return undefined
  const { selector, bits } = name
  if (held.shift !== undefined && held.shift !== bits?.shift) return undefined
  const shift = held.shift === undefined ? (bits?.shift ?? 0) : 0
  if (mask === undefined) return { ...name, held, shift }
  const straight = significant(selector, held, mask)
  if (bits === undefined) return { ...name, held, shift, mask: straight }
  const all = (1n << BigInt(bits.count)) - 1n
  const kept = number(straight) >> BigInt(bits.shift)
  return kept === all ? { ...name, held, shift } : { ...name, held, shift, mask: bytesOf(kept, selector.length) }
}

/** Bytes of a register from the most significant on. */
const significant = (kind: Kind, held: Held, bytes: Uint8Array): Uint8Array =>
  held.turned ? bytes : ordered(kind, bytes)

function bytesOf(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn))
}

/** The value that bytes of a register are, in the form conditions have it. */
export function valueIn({ selector, held, shift }: Selected, bytes: Uint8Array): Value {
  return valueFrom(selector, unshifted(significant(selector, held, bytes), shift))
}

/** A number that lies so far left in its bytes. */
export const unshifted = (bytes: Uint8Array, shift: number): Uint8Array =>
  shift === 0 ? bytes : bytesOf(number(bytes) >> BigInt(shift), bytes.length)

/** What is looked at, as a condition has it. */
export const subjectOf = ({ name, selector, mask }: Selected): Subject =>
  subject([name], mask && valueFrom(selector, mask))

/** The condition that a register compares so with a constant; `undefined` when nft has no words for it. May throw `EncodeError`. */
export function compared(what: Selected, op: Comparison, bytes: Uint8Array): Match | undefined {
  const { name, selector, mask, held } = what
  const { shape } = datatypes[selector.type]
  const exact = op === '==' || op === '!='
  if (what.bits && !isInside(what.bits, number(bytes))) return undefined
  if (!exact && isHostNumber(selector) && !held.turned) return undefined
  if (shape === 'address') {
    const bits = mask ? prefixOf(mask) : bytes.length < selector.length ? 8 * bytes.length : undefined
    if (bits !== undefined)
      return exact ? match(subject([name]), op, { value: network(selector, bytes, bits) }) : undefined
  }
  if (bytes.length !== selector.length && !(shape === 'interface' && exact)) return undefined
  if (mask && shape === 'bits' && exact && bytes.every((byte) => byte === 0))
    return match(subject([name]), op === '==' ? 'none' : 'any', { value: valueFrom(selector, mask) })
  return match(subjectOf(what), op, { value: valueIn(what, bytes) })
}

/** Whether a value has no bits outside its field: these have no words. */
const isInside = ({ shift, count }: NonNullable<Named['bits']>, value: bigint): boolean =>
  (value & ~(((1n << BigInt(count)) - 1n) << BigInt(shift))) === 0n

function network(kind: Kind, bytes: Uint8Array, prefix: number): Interval {
  const whole = new Uint8Array(kind.length)
  whole.set(bytes)
  return `${valueFrom(kind, whole)}/${prefix}`
}

/** The bits a mask begins with, when there are no others. */
function prefixOf(mask: Uint8Array): number | undefined {
  const count = [...number(mask).toString(2).replaceAll('0', '')].length
  return compare(mask, prefixMask(mask.length as 4 | 16, count)) === 0 ? count : undefined
}

/** The condition that a register is between two constants, or not. May throw `EncodeError`. */
export function ranged(what: Selected, op: '==' | '!=', from: Uint8Array, to: Uint8Array): Match | undefined {
  const { selector, held, mask } = what
  if (mask !== undefined || (isHostNumber(selector) && !held.turned)) return undefined
  if (from.length !== selector.length || to.length !== selector.length) return undefined
  return match(subjectOf(what), op, { value: { from: valueIn(what, from), to: valueIn(what, to) } })
}
