import { errno } from '@nfkit/netlink-codec'
import { family, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../../hooks/journey.ts'
import { Refusal } from '../../../netlink/refusal.ts'
import { answerTo, type Rejection } from '../../../rules/rejection.ts'
import type { Step } from '../../state/chain.ts'
import { type Context, needed } from '../context.ts'
import type { EvaluateHost } from '../host.ts'

/** Answers a packet and drops it: `how` by the version of IP. */
export function rejecting(how: (isIpv4: boolean) => Rejection | number, host: EvaluateHost): Step {
  return ({ journey }) => {
    answer(journey, how(journey.packet.layout?.family === family.ipv4), host)
    return verdicts.drop
  }
}

function answer(journey: Journey, how: Rejection | number, host: EvaluateHost): void {
  const bytes = answerTo(journey, how, host.tracking.profile)
  if (bytes) host.answer(journey, bytes, how)
}

/** Codes of `icmpx` as ICMP and ICMPv6 have them (nft_reject_icmp_code, nft_reject_icmpv6_code). */
const codes: readonly (readonly [icmp: number, icmpv6: number])[] = [
  [0, 0],
  [3, 4],
  [1, 3],
  [13, 1],
]

const silent: readonly number[] = [family.ipv4, family.ipv6]

/** nft_reject_inet_eval (net/netfilter/nft_reject_inet.c). */
export function reject({ type, icmpCode }: ExpressionData<'reject'>, { table, host }: Context): Step {
  if (type === 'tcpRst') return rejecting(() => 'tcp reset', host)
  const code = needed(icmpCode)
  if (type === 'icmpUnreach') return rejecting(() => code, host)
  const pair = codes[code]
  if (type !== 'icmpxUnreach' || !pair) throw new Refusal(errno.EINVAL)
  // Tables of one version of IP do not translate codes: they drop, and say nothing.
  if (silent.includes(table.family)) return () => verdicts.drop
  return rejecting((isIpv4) => pair[isIpv4 ? 0 : 1], host)
}
