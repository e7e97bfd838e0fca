import type { Match } from '../conditions/match.ts'
import type { Assign } from './assign.ts'
import type { Dynamic } from './dynamic.ts'
import type { Verbatim } from './expression.ts'
import type { Log } from './log.ts'
import type { ObjectLookup } from './map/object.ts'
import type { VerdictLookup } from './map/verdict.ts'
import type { Counter, Limit, ObjectUse, Quota } from './meter.ts'
import type { Queue } from './queue.ts'
import type { Reject } from './reject.ts'
import type { Translation } from './translation.ts'
import type { Verdict } from './verdict.ts'

/** Takes the packet's connection out of tracking, before the hook where tracking begins. */
export interface Notrack {
  /** Tells it from other statements. */
  readonly kind: 'notrack'
}

/** Leave the packet out of connection tracking: at prerouting or output, in a base chain of the priority `raw`. */
export const notrack = (): Notrack => Object.freeze({ kind: 'notrack' })

/** What a rule does. */
export type Statement =
  | Verdict
  | Counter
  | ObjectUse
  | ObjectLookup
  | Limit
  | Quota
  | Queue
  | Reject
  | Log
  | Notrack
  | Assign
  | Translation
  | Dynamic
  | VerdictLookup
  | Verbatim

/** What a rule is made of: conditions and statements, in the order the kernel goes through them. */
export type Clause = Match | Statement
