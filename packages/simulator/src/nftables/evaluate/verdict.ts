import { errno } from '@nfkit/netlink-codec'
import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { ExpressionData, NftVerdict } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import { type NftChainState, nftCode, type Outcome, type Step } from '../state/chain.ts'
import { verdictRegister } from '../state/registers.ts'
import { constant } from './compare/compare.ts'
import { type Context, needed, registerOf } from './context.ts'

const codes: { readonly [code: string]: Outcome } = {
  accept: verdicts.accept,
  drop: verdicts.drop,
  continue: undefined,
  break: nftCode.break,
  return: nftCode.return,
}

/** What a verdict of a rule or an element comes to; `chain` is where it jumps. */
export function verdictOf(verdict: NftVerdict | undefined, chain: NftChainState | undefined): Outcome {
  const { code } = needed(verdict)
  return chain ? { chain, returns: code === 'jump' } : codes[`${code}`]
}

/** A constant, or a verdict (nft_immediate_eval). */
export function immediate({ dreg, data }: ExpressionData<'immediate'>, { table }: Context): Step {
  if (dreg !== verdictRegister) {
    const [at, value] = [registerOf(dreg), constant(data)]
    return ({ registers }) => {
      registers.set(value, at)
      return undefined
    }
  }
  const { chain: name } = needed(data?.verdict)
  const chain = name === undefined ? undefined : table.chains.get(name)
  if (name !== undefined && !chain) throw new Refusal(errno.ENOENT)
  const outcome = verdictOf(data?.verdict, chain)
  return () => outcome
}
