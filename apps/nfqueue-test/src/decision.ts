import type { Verdict, VerdictChanges } from '@nfkit/nfqueue'
/** What is done with one packet. */
export interface Decision {
  readonly verdict: Verdict
  readonly changes: VerdictChanges
  /** Why it was the queue that gave the verdict: the handler threw, rejected, or forgot the packet. */
  readonly unjudged?: string
}
