import type { HandoverError } from './handover/errors.ts'
import type { ConnectionJudged, JudgeFailure } from './judging/outcome.ts'
import type { NameResolved, NameUnresolved } from './names/resolved.ts'
import type { Reconsidered } from './policy/change.ts'

/** What a firewall tells. */
export interface FirewallEvents {
  /** A connection has its verdict: packets of it come here no more. */
  judged: [ConnectionJudged]
  /** The judge threw, or gave no verdict there is: the packets that waited were left to `onUnjudged`, and the next one is judged. */
  failed: [JudgeFailure]
  /** A listed name was resolved, and its addresses are listed. */
  resolved: [NameResolved]
  /** It was answered, and its addresses are not listed: the answer was left to `onFailure`. */
  unresolved: [NameUnresolved]
  /** Everything that was decided is void. */
  reconsidered: [Reconsidered]
  /** Nobody called `confirm` in time: all was taken back. */
  unconfirmed: []
  /** What the firewall before has left was not taken over: this one has begun as if there were nothing. */
  handoverRefused: [HandoverError]
  /** Something works less well than asked for; the text says what and why. */
  warning: [string]
  /** A socket reports trouble, or a verdict could not be given. The firewall goes on. */
  trouble: [Error]
}

/** Tells who listens of an event. */
export type Tell = <K extends keyof FirewallEvents>(event: K, what: FirewallEvents[K]) => void
