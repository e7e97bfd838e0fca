import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { nftCode, type Step } from '../../state/chain.ts'
import { type Context, needed, registerOf, unknown } from '../context.ts'
import { bases } from './header.ts'
import { writing } from './payload-write.ts'
import { storeBytes } from './store.ts'

/** nft_payload_eval and nft_payload_set_eval (net/netfilter/nft_payload.c). */
export function payload(data: ExpressionData<'payload'>, _: Context): Step {
  const base = (Object.hasOwn(bases, `${data.base}`) && bases[`${data.base}`]) || unknown()
  const [offset, length] = [needed(data.offset), needed(data.len)]
  if (data.sreg !== undefined) return writing(data, base, registerOf(data.sreg))
  const at = registerOf(data.dreg)
  return ({ journey, registers }) => {
    const from = base(journey)
    const start = from ? from.start + offset : 0
    if (!from || start + length > from.bytes.length) return nftCode.break
    storeBytes(registers, at, from.bytes.subarray(start, start + length))
    return undefined
  }
}
