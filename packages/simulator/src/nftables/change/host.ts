import type { Journey } from '../../hooks/journey.ts'
import type { Profile } from '../../profile.ts'
import type { NftChainState, NftRuleState } from '../state/chain.ts'
import type { NftElementState, NftSetState } from '../state/set.ts'
import type { NftFlowtableState, NftObjectState, NftTableState } from '../state/table.ts'
import type { Draft } from './draft.ts'
import type { NftTables } from './place.ts'

/** What happened to an object. */
export type Happening = 'new' | 'delete'

/** Messages that tell of objects, at a generation. */
export interface Teller {
  table(table: NftTableState, what: Happening, generation: number): Uint8Array
  chain(chain: NftChainState, what: Happening, generation: number): Uint8Array
  rule(chain: NftChainState, rule: NftRuleState, what: Happening, generation: number): Uint8Array
  set(table: NftTableState, set: NftSetState, what: Happening, generation: number): Uint8Array
  elements(table: NftTableState, set: NftSetState, elements: readonly NftElementState[], what: Happening, generation: number): Uint8Array
  object(table: NftTableState, object: NftObjectState, what: Happening, generation: number): Uint8Array
  flowtable(table: NftTableState, flowtable: NftFlowtableState, what: Happening, generation: number): Uint8Array
}

/** What changes need of the rest of the kernel. */
export interface ChangeHost {
  readonly tables: NftTables
  readonly profile: Profile
  readonly tell: Teller
  /** Milliseconds since the kernel started. */
  uptime(): number
  /** Run a base chain on a packet: a verdict. */
  run(chain: NftChainState, journey: Journey): number
  /** Put a base chain at its hook point. Throws `Refusal` for a hook its family does not have. */
  register(chain: NftChainState, draft: Draft): void
  /** Take all base chains of a table away from their hook points. */
  sleep(table: NftTableState): void
  /** Put them back. */
  wake(table: NftTableState, draft: Draft): void
  /** Give an orphan to a socket. */
  adopt(table: NftTableState, portId: number): void
}
