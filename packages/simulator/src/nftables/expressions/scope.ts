import { errno } from '@nfkit/netlink-codec'
import { type NftObject, type NftVerdict, objectType } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { EvaluateHost } from '../evaluate/host.ts'
import type { NftablesProfile } from '../profile.ts'
import type { NftChainState, References } from '../state/chain.ts'
import type { NftSetState } from '../state/set.ts'
import { type NftObjectState, type NftTableState, objectKey } from '../state/table.ts'
import { assertLeadsOn } from './reachable.ts'

/** What the caller gave numbers to in the same transaction. */
export interface Named {
  readonly sets: ReadonlyMap<number, NftSetState>
  readonly chains: ReadonlyMap<number, NftChainState>
}

/** Where expressions are. */
export interface ScopeOptions {
  readonly table: NftTableState
  /** The chain of a rule. */
  readonly chain?: NftChainState
  readonly named: Named
  readonly profile: NftablesProfile
  readonly evaluation: EvaluateHost
}

/** What expressions can refer to by name, and which of it they do: as often as they do. */
export class Scope {
  readonly profile: NftablesProfile
  readonly #table: NftTableState
  readonly #chain: NftChainState | undefined
  readonly #named: Named
  readonly #sets: NftSetState[] = []
  readonly #objects: NftObjectState[] = []
  readonly #chains: NftChainState[] = []

  constructor({ table, chain, named, profile }: Omit<ScopeOptions, 'evaluation'>) {
    this.profile = profile
    this.#table = table
    this.#chain = chain
    this.#named = named
  }

  /** `NFPROTO_*` of the table. */
  get family(): number {
    return this.#table.family
  }

  get references(): References {
    return { sets: this.#sets, objects: this.#objects, chains: this.#chains }
  }

  /** Throws `Refusal` where there is none. */
  set(name: string | undefined, id: number | undefined): NftSetState {
    const set = this.#table.sets.get(name ?? '') ?? (id === undefined ? undefined : this.#named.sets.get(id))
    if (!set) throw new Refusal(errno.ENOENT)
    this.#sets.push(set)
    return set
  }

  /** A set that is referred to already. Throws `Refusal` where there is none. */
  seen(name: string | undefined): NftSetState {
    return this.#table.sets.get(name ?? '') ?? refuse()
  }

  /** Throws `Refusal` where there is none. */
  object(type: NftObject['type'], name: string): void {
    const number = typeof type === 'string' ? objectType[type] : (type ?? 0)
    const object = this.#table.objects.get(objectKey(number, name))
    if (!object) throw new Refusal(errno.ENOENT)
    this.#objects.push(object)
  }

  /** The rule leads to a chain. Throws `Refusal` where the kernel looks what that leads to, and it must not. */
  leads(to: NftChainState): void {
    if (this.profile.looksAhead && this.#chain) assertLeadsOn(to, this.#chain)
  }

  /** A verdict as it is listed. Throws `Refusal` for one that no rule may give, and for a chain there is none of. */
  verdict({ code, chain: name, chainId }: NftVerdict): NftVerdict {
    if (typeof code === 'number' || code === undefined) throw new Refusal(errno.EINVAL)
    if (code !== 'jump' && code !== 'goto') return { code }
    if (name === undefined && chainId === undefined) throw new Refusal(errno.EINVAL)
    const chain = name === undefined ? this.#named.chains.get(chainId!) : this.#table.chains.get(name)
    if (!chain) throw new Refusal(errno.ENOENT)
    if (chain.base) throw new Refusal(errno.EOPNOTSUPP)
    this.leads(chain)
    this.#chains.push(chain)
    return { code, chain: chain.name }
  }
}

function refuse(): never {
  throw new Refusal(errno.ENOENT)
}
