import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { balanced } from '../../../rules/balance.ts'
import type { Step } from '../../state/chain.ts'
import { type Context, needed, registerOf, unknown } from '../context.ts'
import { jenkins } from './jenkins.ts'
import { storeNumber } from './store.ts'

/** A number below another that stands for a random 32-bit one (reciprocal_scale). */
const scaled = (value: number, modulus: number): number => Number((BigInt(value >>> 0) * BigInt(modulus)) >> 32n)

/** Counts up, or is random (net/netfilter/nft_numgen.c). */
export function numgen({ dreg, modulus, type, offset = 0 }: ExpressionData<'numgen'>, { host }: Context): Step {
  const below = needed(modulus)
  const at = registerOf(dreg)
  let last = below - 1
  const next = (): number => {
    last = last + 1 < below ? last + 1 : 0
    return last
  }
  const make = type === 'incremental' ? next : type === 'random' ? () => scaled(host.random(), below) : unknown()
  return ({ registers }) => {
    storeNumber(registers, at, (make() + offset) >>> 0, 4)
    return undefined
  }
}

/** Of a register, or of a flow, alike in both directions; that one differs with every boot of a kernel (net/netfilter/nft_hash.c). */
export function hash(data: ExpressionData<'hash'>, { host }: Context): Step {
  const { sreg, dreg, len = 0, seed = host.seed, offset = 0, type = 'jenkins' } = data
  const modulus = needed(data.modulus)
  const to = registerOf(dreg)
  if (type === 'sym')
    return ({ journey, registers }) => {
      storeNumber(registers, to, balanced(journey.packet, modulus, host.seed) + offset, 4)
      return undefined
    }
  const from = registerOf(sreg)
  return ({ registers }) => {
    const value = scaled(jenkins(registers.subarray(from, from + len), seed), modulus)
    storeNumber(registers, to, (value + offset) >>> 0, 4)
    return undefined
  }
}
