import { be32 } from '@nfkit/inet/bytes'
import { errno } from '@nfkit/netlink-codec'
import type { ExpressionData, NftData } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../../netlink/refusal.ts'
import { holdsIf, type Step } from '../../state/chain.ts'
import { type Context, needed, registerOf } from '../context.ts'
import { bytesInWord, first, wordOf } from '../word.ts'

/** Whether an order of two values is the wanted one. */
const tests: { readonly [op: string]: (order: number) => boolean } = {
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
}

/** A constant. Throws `Refusal` where there is none. */
export function constant(data: NftData | undefined): Uint8Array {
  const value = needed(data?.value).slice()
  if (value.length === 0) throw new Refusal(errno.EINVAL)
  return value
}

/** A register and a constant, byte by byte, as memcmp has it. */
function order(registers: Uint8Array, at: number, value: Uint8Array): number {
  for (let i = 0; i < value.length; i++) {
    const difference = registers[at + i]! - value[i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** nft_cmp_eval. */
export function cmp({ sreg, op, data }: ExpressionData<'cmp'>, _: Context): Step {
  const [at, value] = [registerOf(sreg), constant(data)]
  if (op === 'eq' || op === 'neq') return equality(at, value, op === 'eq')
  const holds = (Object.hasOwn(tests, `${op}`) && tests[`${op}`]) || undefined
  if (!holds) throw new Refusal(errno.EINVAL)
  return ({ registers }) => holdsIf(holds(order(registers, at, value)))
}

/** Most conditions are of this kind. What is compared of a word is two numbers, and not bytes that lie elsewhere. */
function equality(at: number, value: Uint8Array, wanted: boolean): Step {
  const { length } = value
  const [same, other] = [holdsIf(wanted), holdsIf(!wanted)]
  if (length <= bytesInWord) {
    const mask = first(length)
    const word = wordOf(value)
    return ({ registers }) => ((be32(registers, at) & mask) >>> 0 === word ? same : other)
  }
  return ({ registers }) => {
    for (let i = 0; i < length; i++) if (registers[at + i] !== value[i]) return other
    return same
  }
}

/** nft_range_eval. */
export function range({ sreg, op, fromData, toData }: ExpressionData<'range'>, _: Context): Step {
  const [at, from, to] = [registerOf(sreg), constant(fromData), constant(toData)]
  if (from.length !== to.length || typeof op !== 'string') throw new Refusal(errno.EINVAL)
  const wanted = op === 'eq'
  return ({ registers }) => {
    const isWithin = order(registers, at, from) >= 0 && order(registers, at, to) <= 0
    return holdsIf(isWithin === wanted)
  }
}
