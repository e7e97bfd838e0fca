import { prefixMask } from '@nfkit/inet'
import { type Match, presence } from '../conditions/match.ts'
import { type Selector, selectorOf } from '../conditions/selector.ts'
import { boundsOf, bytesOf, isHostNumber, type Kind, networkOf, ordered } from '../datatype/bytes.ts'
import { type Interval, isRange, type Value } from '../datatype/value.ts'
import { bitsOf, kept, shifted } from './bits.ts'
import { load } from './load.ts'
import { lookup } from './lookup.ts'
import { compared, data, masked, register, type Steps, turned } from './steps.ts'

const operators = { '==': 'eq', '!=': 'neq', '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const

/** The steps of a condition, as nft makes them (src/netlink_linearize.c of nftables). */
export function compare(steps: Steps, condition: Match): void {
  const { left, op, mask, right } = condition
  if ('value' in right) {
    const selector = selectorOf(left[0]!)
    const present = presence(selector, right.value)
    compareWith(steps, { selector, kind: present ?? selector, present: present !== undefined, mask, op }, right.value)
  } else lookup(steps, condition, right, op === '!=')
  steps.protocols.learn(condition)
}

interface Comparand {
  readonly selector: Selector
  readonly kind: Kind
  readonly present: boolean
  readonly mask: Value | undefined
  readonly op: Match['op']
}

function compareWith(steps: Steps, comparand: Comparand, value: Interval): void {
  const { selector, kind, present, mask, op } = comparand
  const where = 'condition'
  if (isRange(value)) {
    compareRange(steps, comparand, value)
    return
  }
  const network = networkOf(kind, value)
  if (network) {
    compareNetwork(steps, selector, op === '!=', network)
    return
  }
  const bytes = bytesOf(kind, value, where)
  load(steps, selector, register, { present })
  if (op === 'any' || op === 'none') {
    steps.push(masked(ordered(kind, bytes)), compared(op === 'any' ? 'neq' : 'eq', new Uint8Array(bytes.length)))
    return
  }
  if (mask !== undefined) steps.push(masked(ordered(kind, bytesOf(kind, mask, where))))
  const bits = bitsOf(selector)
  if (bits) steps.push(kept(selector, bits, register))
  const isSorted = op !== '==' && op !== '!=' && isHostNumber(kind)
  if (isSorted) steps.push(turned(kind.length))
  steps.push(compared(operators[op], isSorted ? bytes : ordered(kind, bits ? shifted(bytes, bits.shift) : bytes)))
}

function compareRange(steps: Steps, { selector, kind, op }: Comparand, value: Interval): void {
  const bounds = boundsOf(kind, value, 'condition')
  load(steps, selector)
  const bits = bitsOf(selector)
  if (bits) steps.push(kept(selector, bits, register))
  const [from, to] = [bounds.from, bounds.to].map((end) => (bits ? shifted(end, bits.shift) : end)) as [
    Uint8Array,
    Uint8Array,
  ]
  if (isHostNumber(kind)) steps.push(turned(kind.length))
  if (op === '==') steps.push(compared('gte', from), compared('lte', to))
  else steps.push({ name: 'range', data: { sreg: register, op: 'neq', fromData: data(from), toData: data(to) } })
}

/** A network of whole bytes is compared by those alone. */
function compareNetwork(
  steps: Steps,
  selector: Selector,
  isNegated: boolean,
  { address, prefix }: { address: Uint8Array; prefix: number },
): void {
  const op = isNegated ? 'neq' : 'eq'
  const { length } = selector
  if (prefix % 8 === 0 && prefix > 0) {
    load(steps, selector, register, { length: prefix / 8 })
    steps.push(compared(op, address.subarray(0, prefix / 8)))
    return
  }
  load(steps, selector)
  const mask = prefixMask(length as 4 | 16, prefix)
  steps.push(
    masked(mask),
    compared(
      op,
      address.map((byte, i) => byte & mask[i]!),
    ),
  )
}
