import { hook } from '@nfkit/netlink-codec/nfnetlink'
import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { BaseChain } from '../state/chain.ts'

const { prerouting, input, forward, output, postrouting } = hook
const sources = [input, postrouting]
const destinations = [prerouting, output]

/** Where an expression may be met: at which hooks, and in base chains of which type; elsewhere it is refused (nft_chain_validate_hooks). */
const places: { readonly [name: string]: { readonly hooks: readonly number[]; readonly type?: string } } = {
  reject: { hooks: [prerouting, input, forward, output] },
  masq: { hooks: [postrouting], type: 'nat' },
  redir: { hooks: destinations, type: 'nat' },
  tproxy: { hooks: [prerouting] },
}

const placeOf = ({ name, data }: Expression): (typeof places)[string] | undefined => {
  if (name !== 'nat') return places[name]
  return { hooks: (data as ExpressionData<'nat'>).type === 'snat' ? sources : destinations, type: 'nat' }
}

/** Whether an expression may be met everywhere. */
export const isUnbound = (expression: Expression): boolean => placeOf(expression) === undefined

/** Whether a base chain may lead to an expression. */
export function isAllowedAt(expression: Expression, base: BaseChain): boolean {
  const place = placeOf(expression)
  return !place || (place.hooks.includes(base.hook) && (place.type ?? base.type) === base.type)
}
