import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import type { Selection } from '../conditions/selection.ts'
import { selectorOf } from '../conditions/selector.ts'
import { canonical } from '../datatype/canonical.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import type { Value, ValueOf } from '../datatype/value.ts'
import { type ValueLookup, valuesOf } from './map/value.ts'

/** Writes what the kernel knows of a packet or a connection. */
export interface Assign {
  /** Tells it from other statements. */
  readonly kind: 'assign'
  /** What is written, in nft's words. */
  readonly target: AssignTarget
  /** What is written. */
  readonly value: AssignValue
}

/** What can be written. */
export type AssignTarget = (typeof targets)[number]

const targets = ['meta mark', 'meta priority', 'meta nftrace', 'meta pkttype', 'ct mark', 'ct zone'] as const

/** A constant, what is selected: `(selected & and) ^ xor`, or what a map has for it. */
export type AssignValue =
  /** A constant. */
  | { readonly value: Value }
  /** What is selected, in nft's words; of a mark, the bits that stay of it and those that are turned over then. */
  | { readonly from: string; readonly and?: number; readonly xor?: number }
  /** What a map leads to. */
  | { readonly lookup: ValueLookup }

/** What a mark becomes, of what is selected: the bits of `mask` are taken from `value`, all others stay. */
export interface Changed {
  /** Bits that change; all by default. */
  readonly mask?: number | undefined
  /** What they become: within the mask; 0 by default. */
  readonly value?: number | undefined
}

/**
 * Write a mark, or another value: a constant, what is selected, of which some bits may be changed, or what a `map` has for that. Throws
 * `EncodeError` for what cannot be written, or not to this target.
 *
 * @example
 * import { assign, ct, meta } from '@nfkit/nftables'
 *
 * assign(meta.nftrace, 1)
 * assign(ct.mark, meta.mark)
 * // Bits 16 to 23 become 0x11, the others stay.
 * console.log(assign(meta.mark, meta.mark, { mask: 0xff0000, value: 0x110000 }).value) // { from: 'meta mark', and: 4278255615, xor: 1114112 }
 */
export function assign<T extends DatatypeName>(
  target: Selection<T>,
  value: ValueOf<T> | Selection<T> | ValueLookup,
  changed?: Changed,
): Assign {
  const name = target.left.join(' . ')
  if (typeof value !== 'object') {
    if (changed !== undefined) throw new EncodeError(name, 'bits are changed of what is selected: name it')
    return assignment(name, { value })
  }
  if ('map' in value) {
    if (changed !== undefined)
      throw new EncodeError(name, 'bits are changed of what is selected, not of what a map has')
    return assignment(name, { lookup: value })
  }
  const from = value.left[0]!
  if (changed === undefined) return assignment(name, { from })
  const { mask = 0xffff_ffff, value: bits = 0 } = check.all('assign', changed, {
    mask: word('mask'),
    value: word('value'),
  })
  if ((bits & ~mask) !== 0) throw new EncodeError(name, `the value ${bits} has bits outside the mask ${mask}`)
  return assignment(name, { from, and: ~mask >>> 0, xor: bits })
}

const word = (name: string) => (value: unknown) => check.whole(name, value, 0, 0xffff_ffff)

/** Returns the statement that writes a value. Throws `EncodeError` for what cannot be written. */
export function assignment(target: string, value: AssignValue): Assign {
  const known: readonly string[] = targets
  if (!known.includes(target)) throw new EncodeError(target, `it cannot be written: what can is ${targets.join(', ')}`)
  const kind = selectorOf(target)
  if ('value' in value) {
    const constant = canonical(kind, value.value, target) as Value
    return Object.freeze({ kind: 'assign', target: target as AssignTarget, value: Object.freeze({ value: constant }) })
  }
  if ('lookup' in value) {
    const lookup = valuesOf(value.lookup, kind, target)
    return Object.freeze({ kind: 'assign', target: target as AssignTarget, value: Object.freeze({ lookup }) })
  }
  const source = selectorOf(value.from)
  if (source.type !== kind.type)
    throw new EncodeError(target, `${value.from} is of ${source.type}, and ${kind.type} is needed`)
  const { from, and = 0xffff_ffff, xor = 0 } = value
  const isWhole = and === 0xffff_ffff && xor === 0
  return Object.freeze({
    kind: 'assign',
    target: target as AssignTarget,
    value: Object.freeze(isWhole ? { from } : { from, and, xor }),
  })
}
