import { status } from '@nfkit/netlink-codec/conntrack'
import { assertKeys } from '../known.ts'
import { type Condition, here } from './condition.ts'
import { addressIs } from './endpoints.ts'
import type { NatFilter } from './filter.ts'
import { formatNetwork, parseNetwork } from './network.ts'
import { bitsAre } from './status.ts'

const ends = [
  { end: 'source', bit: status.srcNat, side: 'destination' },
  { end: 'destination', bit: status.dstNat, side: 'source' },
] as const

/**
 * Translations, which are settled before a connection is confirmed. The kernel sets these bits where addresses or ports changed
 * (nf_nat_setup_info, net/netfilter/nf_nat_core.c); what an end is translated to is where the reply comes from or goes to.
 */
export function translation(nat: boolean | string | NatFilter): Condition[] {
  const all = status.srcNat | status.dstNat
  if (nat === false) return [bitsAre(0, all, true)!]
  if (nat === true) return [here('nat', true, (flow) => ((flow.status ?? 0) & all) !== 0)]
  if (typeof nat === 'string') return [eitherTo(nat)]
  assertKeys(nat, { source: true, destination: true }, 'FlowFilter nat')
  let [set, clear] = [0, 0]
  const conditions: Condition[] = []
  for (const { end, bit, side } of ends) {
    const wanted = nat[end]
    if (wanted === undefined) continue
    if (wanted === false) clear |= bit
    else set |= bit
    if (typeof wanted !== 'boolean') conditions.push(addressIs(parseNetwork(wanted), 'reply', side))
  }
  const bits = bitsAre(set, clear, true)
  return bits === undefined ? [] : [bits, ...conditions]
}

/** Either end is translated, to this. */
function eitherTo(text: string): Condition {
  const network = parseNetwork(text)
  const translated = ends.map(({ bit, side }) => ({ bit, isThere: addressIs(network, 'reply', side).matches }))
  return here(`nat = ${formatNetwork(network)}`, true, (flow) =>
    translated.some(({ bit, isThere }) => ((flow.status ?? 0) & bit) !== 0 && isThere(flow)),
  )
}
