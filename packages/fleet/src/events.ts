import type { FleetRefusal } from './notice/sealing.ts'

/** What a gate or an author tells. */
export interface FleetEvents {
  /** A message of the log was not taken, and has changed nothing. `why` is a sentence. */
  refused: [{ readonly place: number; readonly refusal: FleetRefusal; readonly why: string }]
  /** An author's messages are missing in the log. What they said is missing until the next snapshot. */
  missing: [{ readonly place: number; readonly author: string; readonly messages: number }]
  /** All that was in the log when it was asked is in force here. Told again after the broker was away. */
  caughtUp: [{ readonly place: number }]
  /** The broker or the kernel refuses or is away. It is tried again. */
  trouble: [Error]
}
