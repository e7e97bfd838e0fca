import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import { canonical } from '../datatype/canonical.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import type { Value, ValueOf } from '../datatype/value.ts'
import type { Selection } from '../conditions/selection.ts'
import { selectorOf } from '../conditions/selector.ts'

/** Writes what the kernel knows of a packet or a connection. */
export interface Assign {
  readonly kind: 'assign'
  /** What is written, in nft's words. */
  readonly target: AssignTarget
  readonly value: AssignValue
}

/** What can be written. */
export type AssignTarget = (typeof targets)[number]

const targets = ['meta mark', 'meta priority', 'meta nftrace', 'meta pkttype', 'ct mark', 'ct zone'] as const

/** A constant, or what is selected: `(selected & and) ^ xor`. */
export type AssignValue =
  | { readonly value: Value }
  | { readonly from: string; readonly and?: number; readonly xor?: number }

/** What a mark becomes, of what is selected: the bits of `mask` are taken from `value`, all others stay. */
export interface Changed {
  /** Bits that change; all by default. */
  readonly mask?: number | undefined
  /** What they become: within the mask; 0 by default. */
  readonly value?: number | undefined
}

/**
 * Write a mark, or another value: a constant, or what is selected, of which some bits may be changed.
 *
 * @example
 * import { assign, ct, meta } from '@nfkit/nftables'
 *
 * assign(meta.nftrace, 1)
 * assign(ct.mark, meta.mark)
 * // Bits 16 to 23 become 0x11, the others stay.
 * console.log(assign(meta.mark, meta.mark, { mask: 0xff0000, value: 0x110000 }).value) // { from: 'meta mark', and: 4278255615, xor: 1114112 }
 */
export function assign<T extends DatatypeName>(target: Selection<T>, value: ValueOf<T> | Selection<T>, changed?: Changed): Assign {
  const name = target.left[0] as AssignTarget
  if (!targets.includes(name))
    throw new EncodeError(target.left.join(' . '), `it cannot be written: what can is ${targets.join(', ')}`)
  return Object.freeze({ kind: 'assign', target: name, value: Object.freeze(assigned(name, value, changed)) })
}

function assigned(target: AssignTarget, value: unknown, changed: Changed | undefined): AssignValue {
  const kind = selectorOf(target)
  if (typeof value !== 'object' || value === null) {
    if (changed !== undefined) throw new EncodeError(target, 'bits are changed of what is selected: name it')
    return { value: canonical(kind, value as Value, target) as Value }
  }
  const from = (value as Selection).left[0]!
  const source = selectorOf(from)
  if (source.type !== kind.type) throw new EncodeError(target, `${from} is of ${source.type}, and ${kind.type} is needed`)
  if (changed === undefined) return { from }
  const { mask = 0xffff_ffff, value: bits = 0 } = check.all('assign', changed, {
    mask: (given) => check.whole('mask', given, 0, 0xffff_ffff),
    value: (given) => check.whole('value', given, 0, 0xffff_ffff),
  })
  if ((bits & ~mask) !== 0) throw new EncodeError(target, `the value ${bits} has bits outside the mask ${mask}`)
  return { from, and: ~mask >>> 0, xor: bits }
}
