import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { Step } from '../../state/chain.ts'
import type { Context } from '../context.ts'

/** Copies the packet to a log group; the log of the kernel is read by nobody here (net/netfilter/nft_log.c). */
export function log({ group, prefix, snaplen, qthreshold }: ExpressionData<'log'>, { host }: Context): Step {
  if (group === undefined) return () => undefined
  const action = { group, prefix, length: snaplen || undefined, threshold: qthreshold }
  return ({ journey }) => {
    host.log(journey, action)
    return undefined
  }
}

/** What is tracked already stays so (nft_notrack_eval). */
export function notrack(): Step {
  return ({ journey: { packet } }) => {
    if (!packet.connection && !packet.template) packet.untracked = true
    return undefined
  }
}
