import type { NftVerdict } from '@nfkit/netlink-codec/nftables'
import { accept, drop, goOn, goto, jump, returns, type Verdict } from '../../statements/verdict.ts'

const plain: { readonly [code: string]: () => Verdict } = { accept, drop, return: returns, continue: goOn }

/** A verdict of the kernel; `undefined` for one that rules do not write. May throw `EncodeError` for a jump to nowhere. */
export function verdictOf({ code, chain }: NftVerdict): Verdict | undefined {
  if (code === 'jump') return chain === undefined ? undefined : jump(chain)
  if (code === 'goto') return chain === undefined ? undefined : goto(chain)
  return typeof code === 'string' && Object.hasOwn(plain, code) ? plain[code]!() : undefined
}
