import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { nftCode, type Step, type Words } from '../../state/chain.ts'
import { wide } from '../../state/registers.ts'
import { type Context, needed, registerOf, unknown } from '../context.ts'
import { type Header, headers } from './header.ts'
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
  return length > wide ? step : Object.assign(step, { words: wordsAt(header, offset, length) })
}

/** Most conditions look at these two headers: a way of their own each saves two calls a packet. */
function wordsAt(header: Header, offset: number, length: number): Words {
  if (header === headers.networkHeader)
    return ({ packet }, into, place) => putPart(packet.bytes, offset, length, into, place)
  if (header === headers.transportHeader)
    return ({ packet }, into, place) => {
      const { bytes, layout } = packet
      if (layout === undefined || layout.laterFragment) return false
      return putPart(bytes, layout.transport + offset, length, into, place)
    }
  return (journey, into, place) => {
    const start = header.start(journey)
    return start >= 0 && putPart(header.bytes(journey), start + offset, length, into, place)
  }
}

function putPart(bytes: Uint8Array, from: number, length: number, into: Int32Array, place: number): boolean {
  if (from + length > bytes.length) return false
  putWords(into, place, bytes, from, length)
  return true
}
