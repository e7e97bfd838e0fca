import type { NftElement, NftObject } from '@nfkit/netlink-codec/nftables'
import type { NftRuleState } from '../state/chain.ts'
import type { NftElementState } from '../state/set.ts'
import type { NftObjectState } from '../state/table.ts'

/** What has counts, and what they begin with. */
const beginnings: { readonly [name: string]: object } = {
  counter: { packets: 0n, bytes: 0n },
  quota: { consumed: 0n },
}

interface Counting {
  readonly name: string
  readonly data?: object | undefined
}

/** An expression as it begins. */
function begun<E extends Counting>(expression: E): E {
  const beginning = beginnings[expression.name]
  return beginning ? { ...expression, data: { ...expression.data, ...beginning } } : expression
}

/** The counts of a rule begin anew. */
export function resetRule(rule: NftRuleState): void {
  rule.expressions = rule.expressions.map(begun)
}

/** The counts of an element begin anew. */
export function resetElement(element: NftElementState): void {
  const { expr, expressions } = element.value
  element.value = { ...element.value, expr: expr && begun(expr), expressions: expressions?.map(begun) } as NftElement
}

/** The counts of an object begin anew. */
export function resetObject(object: NftObjectState): void {
  const { type, data } = object.value
  object.value = { ...object.value, data: begun({ name: `${type}`, data }).data } as NftObject
}
