import { errno } from '@nfkit/netlink-codec'
import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { NftVerdict } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../refusal.ts'
import type { CompileContext } from './context.ts'
import type { Verdict } from './step.ts'

const finals = { accept: verdicts.accept, drop: verdicts.drop } as const

/** What a verdict of a message means. Throws `Refusal` for one that no rule may give, and for a chain there is none of. */
export function verdictOf(given: NftVerdict | undefined, { table, chains }: CompileContext): Verdict | 'break' {
  const code = given?.code
  switch (code) {
    case 'accept':
    case 'drop':
      return { kind: 'final', verdict: finals[code] }
    case 'continue':
      return { kind: 'continue' }
    case 'break':
      return 'break'
    case 'return':
      return { kind: 'return' }
    case 'jump':
    case 'goto': {
      const chain = table.chains.get(given?.chain ?? '')
      if (!chain) throw new Refusal(errno.ENOENT)
      if (chain.base) throw new Refusal(errno.EOPNOTSUPP)
      chains.add(chain)
      return { kind: code, chain }
    }
    default:
      throw new Refusal(errno.EINVAL)
  }
}
