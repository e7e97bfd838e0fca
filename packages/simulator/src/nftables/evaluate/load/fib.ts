import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../../hooks/journey.ts'
import { nftCode, type Step } from '../../state/chain.ts'
import { type Context, registerOf, unknown } from '../context.ts'
import type { EvaluateHost } from '../host.ts'
import { padded, storeBytes, storeNumber } from './store.ts'

/** `RTN_*`: what routing makes of an address. */
const addressType = { unicast: 1, local: 2, broadcast: 3, multicast: 5 } as const

const { saddr, daddr, mark, iif, present } = nftFlags.fib

/**
 * What the routing table says of an address. There are no routes here, so whose address it is can be asked, and whether packets to the
 * sender leave where the packet came in, which they do: what else `fib` can be asked is refused.
 */
export function fib(data: ExpressionData<'fib'>, context: Context): Step {
  const { result, flags = 0 } = data
  if (result === 'addrtype' && (flags & ~(saddr | daddr)) === 0) return addressTypeStep(data, context)
  if ((flags & ~(mark | present)) !== (saddr | iif)) unknown()
  const at = registerOf(data.dreg)
  if (result === 'oifname')
    return ({ journey: { indev }, registers }) => {
      storeBytes(registers, at, padded(indev?.name ?? ''))
      return undefined
    }
  return ({ journey: { indev }, registers }) => {
    const index = indev?.index ?? 0
    if (flags & present) storeNumber(registers, at, index === 0 ? 0 : 1, 1)
    else storeNumber(registers, at, index, 4)
    return undefined
  }
}

/** Whose address it is (nft_fib4_eval_type, nft_fib6_eval_type). */
function addressTypeStep({ dreg, flags = 0 }: ExpressionData<'fib'>, { host }: Context): Step {
  const at = registerOf(dreg)
  const isSource = (flags & saddr) !== 0
  return ({ journey, registers }) => {
    const type = typeOfAddress(journey, isSource, host)
    if (type === undefined) return nftCode.break
    storeNumber(registers, at, type, 4)
    return undefined
  }
}

/**
 * What an address of a packet is: this machine's when an interface has it, or the packet comes from here, or ends here. `undefined` in a
 * packet without.
 */
export function typeOfAddress(journey: Journey, isSource: boolean, host: EvaluateHost): number | undefined {
  const { points } = journey.route
  const address = addressOf(journey, isSource)
  if (!address) return undefined
  const [first] = address
  if (address.length === 4) {
    if (first === 0 || address.every((byte) => byte === 0xff)) return addressType.broadcast
    if (first! >> 4 === 0xe) return addressType.multicast
    if (first === 127) return addressType.local
  } else if (first === 0xff) return addressType.multicast
  const isHere = isSource ? points[0] === hook.output && !journey.isInNameOfOther : points.includes(hook.input)
  return isHere || host.interfaces.own(address) ? addressType.local : addressType.unicast
}

function addressOf({ packet: { layout, bytes } }: Journey, isSource: boolean): Uint8Array | undefined {
  if (!layout) return undefined
  const [at, length] = layout.family === family.ipv4 ? [12, 4] : [8, 16]
  const start = isSource ? at : at + length
  return bytes.subarray(start, start + length)
}
