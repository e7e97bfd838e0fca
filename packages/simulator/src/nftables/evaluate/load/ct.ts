import { u16, u32 } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { labelled, setConnmark } from '../../../rules/connection-actions.ts'
import type { Step } from '../../state/chain.ts'
import { type Context, registerOf, unknown } from '../context.ts'
import type { EvaluateHost } from '../host.ts'
import { keyOf } from './ct-keys.ts'
import { loading } from './store.ts'

/** nft_ct_get_eval and nft_ct_set_eval (net/netfilter/nft_ct.c). */
export function ct({ dreg, sreg, key, direction }: ExpressionData<'ct'>, { table, host }: Context): Step {
  if (sreg !== undefined)
    return Object.hasOwn(settings, `${key}`) ? settings[`${key}`]!(registerOf(sreg), host) : unknown()
  const isReply = direction === undefined ? undefined : direction === 'reply' || direction === 1
  const addressLength = table.family === family.ipv4 ? 4 : 16
  const step = loading(keyOf(`${key}`, isReply, addressLength, host) ?? unknown(), registerOf(dreg))
  // Whatever becomes of the rest of the rule.
  if (counts.includes(`${key}`)) beginCounts(host)
  return step
}

/** Who asks for counts begins them, for good (nf_ct_set_acct). */
function beginCounts({ tracking }: EvaluateHost): void {
  tracking.settings.acct = true
}

const counts: readonly string[] = ['pkts', 'bytes', 'avgpkt']

/** What can be set of a connection; nothing happens to packets without one. */
const settings: { readonly [key: string]: (at: number, host: EvaluateHost) => Step } = {
  mark:
    (at, { tracking }) =>
    ({ journey: { packet }, registers }) => {
      if (packet.connection) setConnmark(tracking, packet.connection, u32(registers, at))
      return undefined
    },
  labels:
    (at, { tracking }) =>
    ({ journey: { packet }, registers }) => {
      if (packet.connection) labelled(tracking, packet.connection, registers.subarray(at, at + 16))
      return undefined
    },
  zone:
    (at) =>
    ({ journey: { packet }, registers }) => {
      if (!packet.connection) packet.template = { ...packet.template, zone: u16(registers, at) }
      return undefined
    },
}
