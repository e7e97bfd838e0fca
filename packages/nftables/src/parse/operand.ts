import type { Operand } from '../conditions/match.ts'
import type { Selector } from '../conditions/selector.ts'
import type { Kind } from '../datatype/bytes.ts'
import { type Datatype, datatypes } from '../datatype/datatype.ts'
import type { Interval, Member, Value } from '../datatype/value.ts'
import type { Cursor } from './cursor.ts'

/** Sets and maps that a rule refers to, as far as its text needs to know them. */
export interface Named {
  /** The name of the set or the map. */
  readonly name: string
  /** Whether its keys may be networks and ranges. */
  readonly interval: boolean
}

/** Reads what is compared with: a value, a range, a list in braces, or `@set`. */
export function operand(cursor: Cursor, kinds: readonly Selector[], sets: readonly Named[]): Operand {
  const set = setName(cursor)
  if (set !== undefined) return { set, ...intervalOf(set, sets) }
  if (!cursor.take('{'))
    return kinds.length === 1 ? { value: interval(cursor, kinds[0]!) } : { list: [member(cursor, kinds)] }
  const list = listed(cursor, () => member(cursor, kinds))
  return { list }
}

/** Takes `@name` if it comes. */
export function setName(cursor: Cursor): string | undefined {
  const token = cursor.peek()
  if (token === undefined || token.isQuoted || !token.text.startsWith('@')) return undefined
  cursor.skip(1)
  return token.text.length > 1 ? token.text.slice(1) : cursor.fail('the name of the set is missing', -1)
}

/** Whether a set of that name has intervals. */
export const intervalOf = (name: string, sets: readonly Named[]): { readonly interval?: true } =>
  sets.some((set) => set.name === name && set.interval) ? { interval: true } : {}

/** Reads entries up to the closing brace; a comma may stand behind the last one. */
export function listed<T>(cursor: Cursor, entry: () => T): readonly T[] {
  const list: T[] = []
  while (!cursor.take('}')) {
    list.push(entry())
    if (!cursor.is('}')) cursor.expect(',')
  }
  return list
}

/** Reads a member of a set: parts of several fields stand between dots. */
export function member(cursor: Cursor, kinds: readonly Selector[]): Member {
  const parts = kinds.map((kind, i) => {
    if (i > 0) cursor.expect('.')
    return interval(cursor, kind, true)
  })
  return parts.length === 1 ? parts[0]! : parts
}

/** Reads a value, a network or a range; bits, where commas do not part the entries of a list. */
export function interval(cursor: Cursor, kind: Kind, isListed = false): Interval {
  const { shape, symbols }: Datatype = datatypes[kind.type]
  if (shape === 'bits' && !isListed) return bits(cursor)
  const { text, isQuoted } = cursor.next('a value')
  if (!isQuoted && /^[{}(),&|^<>!=]+$/.test(text)) return cursor.fail('a value is missing', -1)
  const isWord = isQuoted || shape === 'interface' || shape === 'text' || Object.hasOwn(symbols, text)
  if (isWord || !text.includes('-')) return plain(text, kind)
  const ends = text.split('-')
  const isEnd = (end: string) => (shape === 'number' ? /^\w/.test(end) && isValue(end, symbols) : end !== '')
  // Words have hyphens, too: the range is parted where both ends are values.
  for (let i = 1; i < ends.length; i++) {
    const [from, to] = [ends.slice(0, i).join('-'), ends.slice(i).join('-')]
    if (isEnd(from) && isEnd(to)) return { from: plain(from, kind), to: plain(to, kind) }
  }
  return cursor.fail(`"${text}" is neither a value nor a range, as 1-9`, -1)
}

const isValue = (text: string, symbols: Datatype['symbols']): boolean =>
  Object.hasOwn(symbols, text) || /^(0x[0-9a-f]+|\d+)$/i.test(text)

/** Reads words of bits: `new,established`, `(fin | syn)`, or a number. */
export function bits(cursor: Cursor): Value {
  const isOpen = cursor.take('(')
  const words = [cursor.next('a word').text]
  while (cursor.take(',') || cursor.take('|')) words.push(cursor.next('a word').text)
  if (isOpen) cursor.expect(')')
  return words.length === 1 ? number(words[0]!) : words.join(',')
}

function plain(text: string, { type }: Kind): Value {
  const { shape }: Datatype = datatypes[type]
  return shape === 'number' || shape === 'bits' ? number(text) : text
}

function number(text: string): Value {
  if (!isValue(text, {})) return text
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
}
