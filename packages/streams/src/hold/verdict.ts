/** What a program says of a connection: all its packets go on, or none does. */
export type Judgement = 'accept' | 'drop'

/** The same, or `unjudged`: its packets are left to the queue, which judges them by its own `onUnjudged`. */
export type ConnectionVerdict = Judgement | 'unjudged'

/** Why a hold is over; a sentence each. */
export const holdReasons = {
  judged: 'the predicate has given a verdict',
  bytes: 'more bytes were said than a hold keeps',
  packets: 'one connection had more packets to hold than it may',
  share: 'all connections together had more packets to hold than they may, and this one had waited longest',
  time: 'the predicate had no verdict in time',
  ended: 'the stream ended, and the predicate had no verdict',
  lost: 'bytes of the stream never came by here',
  failed: 'the predicate threw, or its promise was rejected',
  over: 'the connection was forgotten, reset or judged otherwise',
} as const

/** A key of `holdReasons`. */
export type HoldReason = keyof typeof holdReasons

/** What a hold came to. */
export interface HoldOutcome {
  /** The verdict all its packets had. */
  readonly verdict: ConnectionVerdict
  /** Why the hold is over. */
  readonly reason: HoldReason
}
