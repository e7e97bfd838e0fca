import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { nftCode, type Step, type Words } from '../../state/chain.ts'
import { wide } from '../../state/registers.ts'
import { type Context, needed, registerOf, unknown } from '../context.ts'
import { headers } from './header.ts'
import { writing } from './payload-write.ts'
import { putWords, storePart } from './store.ts'

/** nft_payload_eval and nft_payload_set_eval (net/netfilter/nft_payload.c). */
export function payload(data: ExpressionData<'payload'>, _: Context): Step {
  const header = (Object.hasOwn(headers, `${data.base}`) && headers[`${data.base}`]) || unknown()
  const [offset, length] = [needed(data.offset), needed(data.len)]
  if (data.sreg !== undefined) return writing(data, header, registerOf(data.sreg))
  const at = registerOf(data.dreg)
  const step: Step = ({ journey, registers }) => {
    const start = header.start(journey)
    if (start < 0) return nftCode.break
    const bytes = header.bytes(journey)
    const from = start + offset
    if (from + length > bytes.length) return nftCode.break
    storePart(registers, at, bytes, from, length)
    return undefined
  }
  const words: Words = (journey, into, place) => {
    const start = header.start(journey)
    if (start < 0) return false
    const bytes = header.bytes(journey)
    const from = start + offset
    if (from + length > bytes.length) return false
    putWords(into, place, bytes, from, length)
    return true
  }
  return length > wide ? step : Object.assign(step, { words })
}
