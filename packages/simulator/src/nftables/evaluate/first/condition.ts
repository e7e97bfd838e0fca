import { be32 } from '@nfkit/inet/bytes'
import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import { all, bytesInWord, first, wordOf } from '../word.ts'

/** A comparison of something that is loaded, under a mask: whether its first word lies between two is as wanted. */
export interface Condition {
  /** The number of what is loaded. */
  readonly fact: number
  readonly mask: number
  /** The least and the greatest word. */
  readonly low: number
  readonly high: number
  readonly wanted: boolean
  /** Words behind the first, of what is longer: all that is compared with one value. */
  readonly more: readonly number[]
}

/** Between which words each comparison is, and whether that is wanted. */
const bounds: {
  readonly [op: string]: (word: number) => readonly [low: number, high: number, wanted: boolean]
} = {
  eq: (word) => [word, word, true],
  neq: (word) => [word, word, false],
  lt: (word) => [word, all, false],
  gte: (word) => [word, all, true],
  lte: (word) => [0, word, true],
  gt: (word) => [0, word, false],
}

/**
 * The condition of `cmp` or `range` on so many bytes that are loaded, of which only the bits of a mask count; `undefined` of what is longer than it
 * can be compared here.
 */
export function conditionOf(expression: Expression, fact: number, length: number, kept = all): Condition | undefined {
  if (expression.name === 'cmp') return compared(expression.data as ExpressionData<'cmp'>, fact, length, kept)
  if (expression.name !== 'range') return undefined
  const { op, fromData, toData } = expression.data as ExpressionData<'range'>
  const [from, to] = [fromData?.value, toData?.value]
  if (!from || !to || from.length > bytesInWord || from.length !== to.length) return undefined
  const mask = (first(from.length) & kept) >>> 0
  return { fact, mask, low: wordOf(from), high: wordOf(to), wanted: op === 'eq', more: [] }
}

/** Two conditions as one, such as the two that make a range; `undefined` where that cannot be said. */
export function both(a: Condition, b: Condition): Condition | undefined {
  const isAlike = a.fact === b.fact && a.mask === b.mask && a.wanted && b.wanted
  const [low, high] = [Math.max(a.low, b.low), Math.min(a.high, b.high)]
  if (!isAlike || low > high || a.more.length + b.more.length > 0) return undefined
  return { ...a, low, high }
}

function compared(
  { op, data }: ExpressionData<'cmp'>,
  fact: number,
  length: number,
  kept: number,
): Condition | undefined {
  const value = data?.value
  const between = value && bounds[`${op}`]?.(wordOf(value))
  if (!between) return undefined
  const [low, high, wanted] = between
  const isLong = value.length > bytesInWord
  if (isLong && (value.length > length || value.length % bytesInWord !== 0 || low !== high)) return undefined
  const more = Array.from({ length: isLong ? value.length / bytesInWord - 1 : 0 }, (_, i) => be32(value, 4 * (i + 1)))
  return { fact, mask: (first(value.length) & kept) >>> 0, low, high, wanted, more }
}
