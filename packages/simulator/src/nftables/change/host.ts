import type { nftChain, nftElements, nftFlowtable, nftObject, nftRule, nftSet } from '@nfkit/netlink-codec/nftables'
import type { HookRegistry } from '../../hooks/registry.ts'
import type { EvaluateHost } from '../evaluate/host.ts'
import type { NftablesProfile } from '../profile.ts'
import type { NftRequest } from '../request.ts'
import type { NftRuleset } from '../state/ruleset.ts'
import type { NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'

/** What changes need of the rest of the kernel. */
export interface ChangeHost {
  readonly ruleset: NftRuleset
  readonly profile: NftablesProfile
  readonly hooks: HookRegistry
  /** What rules need to run. */
  readonly evaluation: EvaluateHost
  /** Milliseconds since the kernel started. */
  uptime(): number
}

/** Messages about something in a table. */
type Inside =
  | typeof nftChain
  | typeof nftElements
  | typeof nftFlowtable
  | typeof nftObject
  | typeof nftRule
  | typeof nftSet

/** The table a message is about, which the sender may change. Throws `Refusal`. */
export function tableOf(ruleset: NftRuleset, request: NftRequest<Inside>, draft: Draft): NftTableState {
  const table = ruleset.at(request.family, request.name('table'))
  if (!table) return request.refuse('ENOENT', 'table')
  if (table.owner !== 0 && table.owner !== draft.portId) return request.refuse('EPERM', 'table')
  return table
}
