import { nearest } from '@nfkit/netlink-transport'
import { type Comparison, type Match, match, type Operand, type Subject, subject } from '../../conditions/match.ts'
import { type Selector, selectorOf, selectors } from '../../conditions/selector.ts'
import { datatypes } from '../../datatype/datatype.ts'
import { bitsOf } from '../../lower/bits.ts'
import type { Item } from '../reader/item.ts'
import { inOrder } from '../value/order.ts'
import { interval, type Known, member, value } from '../value/value.ts'

/** Sets and maps of a table: whether each has intervals. */
export interface Scope extends Known {
  readonly isInterval: (name: string) => boolean
}

/** What selects something of a packet, by the field of the JSON it is in. */
const readers: { readonly [field: string]: (item: Item) => readonly string[] } = {
  payload: (item) => {
    if (item.is('base'))
      return item.fail('nft has no name for these bytes here: read the rules with list() of this library, which may')
    const { protocol, field } = item.fields(['protocol', 'field'])
    return [`${protocol.text()} ${field.text()}`]
  },
  meta: (item) => {
    const key = item.fields(['key']).key.text()
    return [`meta ${key}`, key]
  },
  ct: (item) => {
    const { key, dir } = item.fields(['key'], ['dir'])
    const direction = dir?.word(['original', 'reply'])
    // The kernel does not tell the direction of what is the same in both.
    return direction ? [`ct ${direction} ${key.text()}`] : [`ct ${key.text()}`, `ct original ${key.text()}`]
  },
  fib: (item) => {
    const { result, flags } = item.fields(['result', 'flags'])
    return [
      `fib ${flags
        .several()
        .map((flag) => flag.text())
        .join(' . ')} ${result.text()}`,
    ]
  },
}

/** The words nft has for what is selected: `ip saddr`. */
export function selectorName(item: Item): string {
  const [field, inside] = item.only()
  if (field === '>>') return shiftedName(inside)
  if (!Object.hasOwn(readers, field))
    return inside.fail(
      `conditions of this library do not look at it; there are ${Object.keys(readers).join(', ')}, and concat of them`,
    )
  const names = readers[field]!(inside)
  const name = names.find((one) => selectors.has(one))
  if (name !== undefined) return name
  const near = nearest(names[0]!, [...selectors.keys()])
  return inside.fail(
    `conditions of this library do not look at "${names[0]}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  )
}

/** nft shows how a field of some bits is made a number. */
function shiftedName(item: Item): string {
  const [of, by] = item.pair()
  const name = selectorName(of)
  return bitsOf(selectorOf(name))?.shift === by.number() ? name : by.fail(`"${name}" does not lie so far left`)
}

/** nft 1.0.6 writes other values than the kernel has where such a field is a number without a type of its own, and bits are behind it. */
function partName(item: Item): string {
  const name = selectorName(item)
  const selector = selectorOf(name)
  if (selector.type === 'integer' && (bitsOf(selector)?.shift ?? 0) > 0)
    return item.fail(`nft 1.0.6 writes wrong values of "${name}" here: read the rules with list() of this library`)
  return name
}

/** What is looked at: one thing, bits of it, or several things together. */
export function subjectIn(item: Item, known: Known): Subject {
  if (item.is('concat')) {
    const left = item.only()[1].list().map(partName)
    return item.making(() => subject(left))
  }
  if (!item.is('&')) return { left: [selectorName(item)] }
  const [of, bits] = item.only()[1].pair()
  const name = selectorName(of)
  const mask = value(bits, selectorOf(name), known)
  return item.making(() => subject([name], mask))
}

const operators = ['==', '!=', '<', '<=', '>', '>=', 'in', '!'] as const

/** A condition. */
export function conditionIn(item: Item, scope: Scope): Match {
  const { op, left, right } = item.fields(['op', 'left', 'right'])
  const about = subjectIn(left, scope)
  const kinds = about.left.map(selectorOf)
  const compared = operandIn(right, kinds, scope)
  const comparison = comparisonOf(op.word(operators), kinds, compared)
  return item.making(() => match(about, comparison, compared))
}

/** `in` and `!` test bits, where there is one value; else they are what is equal, and what is not. */
function comparisonOf(op: (typeof operators)[number], kinds: readonly Selector[], right: Operand): Comparison {
  if (op !== 'in' && op !== '!') return op
  const isBits = 'value' in right && kinds.every(({ type }) => datatypes[type].shape === 'bits')
  return op === 'in' ? (isBits ? 'any' : '==') : isBits ? 'none' : '!='
}

function operandIn(item: Item, kinds: readonly Selector[], scope: Scope): Operand {
  const set = setName(item)
  if (set !== undefined) return { set, ...(scope.isInterval(set) ? { interval: true } : {}) }
  if (kinds.length === 1 && !item.is('set')) return { value: interval(item, kinds[0]!, scope) }
  const members = item.is('set') ? item.only()[1].several() : [item]
  const list = members.map((one) => member(one, kinds, scope))
  return { list: item.making(() => inOrder(list, (one) => one, kinds)) }
}

/** The name behind `@`; `undefined` for anything else. */
export const setName = ({ value }: Item): string | undefined =>
  typeof value === 'string' && value.startsWith('@') ? value.slice(1) : undefined
