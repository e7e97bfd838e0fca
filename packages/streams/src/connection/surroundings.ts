import type { TrackerClock } from '../clock.ts'
import type { DirectionLimits } from '../direction/owner.ts'
import type { Share } from '../hold/aside.ts'
import type { HoldLimits } from '../hold/limits.ts'
import type { HoldReason } from '../hold/verdict.ts'

/** What the connections of one tracker share. */
export interface Surroundings {
  readonly clock: TrackerClock
  readonly direction: DirectionLimits
  readonly hold: HoldLimits
  readonly share: Share
  /** Holds that are over, by why. */
  readonly holds: { [reason in HoldReason]: number }
  /** Bytes of a stream that may wait for its reader. */
  readonly backlog: number
  /** Whether the data of a SYN is taken off, to be sent again, or waits for the SYN-ACK that says whether it was read. */
  readonly synData: 'strip' | 'wait'
  /** How often the queue has told that packets passed unseen. */
  losses: number
  /** Bytes that all connections keep. */
  bytes: number
}
