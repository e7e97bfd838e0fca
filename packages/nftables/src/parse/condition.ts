import { nearest } from '@nfkit/netlink-transport'
import { interfaceKeys, metaKeys } from '../conditions/key.ts'
import { type Comparison, type Match, match, type Subject, subject } from '../conditions/match.ts'
import { selectorOf, selectors } from '../conditions/selector.ts'
import { datatypes } from '../datatype/datatype.ts'
import type { Cursor } from './cursor.ts'
import { bits, type interval, type Named, operand } from './operand.ts'

/** Other words for the same: `meta iif` for `iif`, `mark` for `meta mark`. */
const aliases = new Map([
  ...Object.keys(interfaceKeys).map((key) => [`meta ${key}`, key] as const),
  ...Object.keys(metaKeys)
    .filter((key) => !['length', 'protocol', 'nfproto', 'l4proto'].includes(key))
    .map((key) => [key, `meta ${key}`] as const),
])

const mostWords = Math.max(...[...selectors.keys()].map((name) => name.split(' ').length))

/** Takes what nft selects, by the most words that make a name; `undefined` when no name comes. */
export function selectorName(cursor: Cursor): string | undefined {
  for (let count = mostWords; count > 0; count--) {
    const tokens = Array.from({ length: count }, (_, i) => cursor.peek(i))
    if (tokens.some((token) => token === undefined || token.isQuoted)) continue
    const words = tokens.map((token) => token!.text).join(' ')
    const name = aliases.get(words) ?? words
    if (!selectors.has(name)) continue
    cursor.skip(count)
    return name
  }
  return undefined
}

/** Takes what a condition is about: names between dots, and a mask. */
export function about(cursor: Cursor): Subject | undefined {
  const first = selectorName(cursor)
  return first === undefined ? undefined : aboutFrom(cursor, first)
}

/** The same, behind the first name. */
export function aboutFrom(cursor: Cursor, first: string): Subject {
  const left = [first]
  while (cursor.take('.')) left.push(selectorName(cursor) ?? noSelector(cursor))
  const mask = left.length === 1 && cursor.take('&') ? bits(cursor) : undefined
  return cursor.making(() => subject(left, mask))
}

const comparisons: readonly Comparison[] = ['==', '!=', '<=', '>=', '<', '>']

/** Takes the comparison with what it is about. */
export function comparison(cursor: Cursor, on: Subject, sets: readonly Named[]): Match {
  const kinds = on.left.map(selectorOf)
  const isBits = kinds.every(({ type }) => datatypes[type].shape === 'bits')
  const written = comparisons.find((op) => cursor.take(op))
  const isNone = written === undefined && cursor.take('!')
  return cursor.making(() => {
    const right = operand(cursor, kinds, sets)
    const isOne = 'value' in right
    if (isNone) return match(on, isBits && isOne ? 'none' : '!=', right)
    if (isBits && isOne && written === undefined) return masked(cursor, on, right)
    return match(on, written ?? '==', right)
  })
}

/** `tcp flags syn / fin,syn,rst,ack` is another way to write a mask; without one, bits are tested for any. */
function masked(cursor: Cursor, on: Subject, right: { readonly value: ReturnType<typeof interval> }): Match {
  if (!cursor.take('/')) return on.mask === undefined ? match(on, 'any', right) : match(on, '==', right)
  return match(subject(on.left, bits(cursor)), '==', right)
}

/** Throws for a word that begins nothing, with the nearest of what could begin something. */
export function noSelector(cursor: Cursor, others: readonly string[] = []): never {
  const words = [0, 1].flatMap((ahead) => cursor.peek(ahead)?.text ?? [])
  const known = [...selectors.keys(), ...others]
  const near = nearest(words.join(' '), known) ?? nearest(words[0] ?? '', known)
  return cursor.fail(
    near === undefined
      ? `"${words[0] ?? ''}" is no condition this library has`
      : `there is no "${words.join(' ')}": did you mean "${near}"?`,
  )
}
