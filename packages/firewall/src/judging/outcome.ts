import type { FirewallVerdict } from '../marks.ts'
import type { Epoch } from '../policy/epochs.ts'
import type { Refusal } from './breaking-off/refusal.ts'
import type { JudgedConnection } from './connection.ts'

/** What was decided of a connection, and under which policy. */
export interface Decision {
  readonly verdict: FirewallVerdict
  readonly epoch: Epoch
  readonly connection: JudgedConnection
  /** Of one that both ends have, and that is refused. */
  readonly refusal?: Refusal | undefined
}

/** A connection that has its verdict. */
export interface ConnectionJudged {
  /** The connection. */
  readonly connection: JudgedConnection
  /** What its judge said. */
  readonly verdict: FirewallVerdict
  /** Under which policy it was judged: `firewall.epoch` of then. */
  readonly epoch: number
  /** How long its judge took, in milliseconds. */
  readonly milliseconds: number
  /** How many of its packets waited. */
  readonly packets: number
}

/** A judge that gave no verdict. */
export interface JudgeFailure {
  /** The connection that was judged. */
  readonly connection: JudgedConnection
  /** Under which policy it was judged: `firewall.epoch` of then. */
  readonly epoch: number
  /** What was thrown. */
  readonly error: unknown
}
