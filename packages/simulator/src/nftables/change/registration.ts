import { errno } from '@nfkit/netlink-codec'
import { family as families } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../../hooks/journey.ts'
import { Refusal } from '../../netlink/refusal.ts'
import { runChain } from '../evaluate/chain.ts'
import type { NftChainState } from '../state/chain.ts'
import { familyNames } from '../state/family.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { ChangeHost } from './host.ts'

/**
 * Put a base chain at its hook point, before the transaction is committed: a transaction that is refused takes it away, with all that waits
 * in queues. Throws `Refusal` for a hook that its family does not have.
 */
export function register({ hooks, evaluation }: ChangeHost, chain: NftChainState, draft: Draft): void {
  const { base, name } = chain
  if (!base) return
  const family = familyNames[chain.table.family]
  if (!family) throw new Refusal(errno.ENOENT)
  const { nat } = evaluation.tracking
  const isOfNat = base.type === 'nat'
  draft.apply(
    () => {
      try {
        const run = (journey: Journey) => runChain(chain, journey, evaluation)
        const remove = (isOfNat ? nat.chains : hooks).register(family, base.hook, {
          name,
          priority: base.priority,
          run,
        })
        const translating = isOfNat ? translatingIn(chain.table.family) : []
        for (const of of translating) nat.take(of)
        chain.unregister = () => {
          remove()
          for (const of of translating) nat.release(of)
        }
      } catch (error) {
        if (error instanceof RangeError) throw new Refusal(errno.EOPNOTSUPP)
        throw error
      }
    },
    () => unregister(chain),
  )
}

/** The families of packets whose connections a chain of a family translates. */
const translatingIn = (family: number): readonly number[] =>
  family === families.inet ? [families.ipv4, families.ipv6] : [family]

/** Take a base chain away from its hook point. */
export function unregister(chain: NftChainState): void {
  chain.unregister?.()
  chain.unregister = undefined
}

/** The chains of a table meet packets no more. */
export function sleep(table: NftTableState): void {
  for (const chain of table.chains.values()) unregister(chain)
}

/** The chains of a table meet packets. */
export function wake(host: ChangeHost, table: NftTableState, draft: Draft): void {
  for (const chain of table.chains.values()) register(host, chain, draft)
}
