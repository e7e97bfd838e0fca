import type { Clock } from '../../clock.ts'
import type { Profile } from '../../profile.ts'
import type { Helper } from '../objects/helper.ts'
import type { Settings } from '../objects/settings.ts'
import type { Connection } from '../table/connection.ts'
import type { Events } from '../table/events.ts'
import type { ConntrackTable } from '../table/table.ts'
import type { Template } from '../table/template.ts'
import type { Tuple } from '../table/tuple/tuple.ts'
import type { ExpectationTable } from './expectation/table.ts'

/** What following packets takes. */
export interface Tracking {
  readonly profile: Profile
  readonly clock: Clock
  readonly settings: Settings
  readonly events: Events
  readonly table: ConntrackTable
  readonly expectations: ExpectationTable
  /** Default timeouts by layer-4 protocol. */
  readonly timeouts: ReadonlyMap<number, readonly number[]>
  /** The helper of a name for connections like this. */
  helperFor(name: string, tuple: Tuple): Helper | undefined
  /** Give a new connection what rules want for it. */
  applyTemplate(connection: Connection, template: Template): void
}
