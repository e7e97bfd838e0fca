import type { Changes, Verdict } from '@nfkit/nfqueue'
/** What is done with one packet. */
export interface Decision {
  readonly verdict: Verdict
  readonly changes: Changes
  /** Why it was the queue that gave the verdict: the handler threw, rejected, or forgot the packet. */
  readonly unjudged?: string
}
