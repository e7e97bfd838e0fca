import type { FirewallVerdict } from '../marks.ts'
import type { JudgedConnection } from './connection.ts'

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
