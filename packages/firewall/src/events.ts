import type { ConnectionJudged, JudgeFailure } from './judging/outcome.ts'
import type { Reconsidered } from './policy/change.ts'

/** What a firewall tells. */
export interface FirewallEvents {
  /** A connection has its verdict: packets of it come here no more. */
  judged: [ConnectionJudged]
  /** The judge threw, or gave no verdict there is: the packets that waited were left to `onUnjudged`, and the next one is judged. */
  failed: [JudgeFailure]
  /** Everything that was decided is void. */
  reconsidered: [Reconsidered]
  /** Nobody called `confirm` in time: all was taken back. */
  unconfirmed: []
  /** Something works less well than asked for; the text says what and why. */
  warning: [string]
  /** A socket reports trouble, or a verdict could not be given. The firewall goes on. */
  trouble: [Error]
}
