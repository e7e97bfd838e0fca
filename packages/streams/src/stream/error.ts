import { type StreamEnd, streamEnds } from './end.ts'

const reasons = {
  ...streamEnds,
  lost: 'these bytes reached their receiver and never came by here: the queue has lost packets, or lets some pass',
  backlog: 'the reader was too slow: more bytes than the tracker keeps for it have come',
} as const

/** Why bytes are missing: an end that is not the connection's own, or bytes that passed unread. */
export type StreamErrorReason = Exclude<StreamEnd, 'fin' | 'reset' | 'judged'> | 'lost' | 'backlog'

/**
 * Bytes of a stream cannot be read. For `lost` and `backlog` the stream goes on at `to`: another loop reads on there. For all others it
 * is over.
 */
export class StreamError extends Error {
  override readonly name = 'StreamError'
  /** Why they are missing. */
  readonly reason: StreamErrorReason
  /** Position of the first byte that is missing. */
  readonly from: number
  /** Position where the stream goes on; `undefined` where it does not. */
  readonly to: number | undefined

  constructor(reason: StreamErrorReason, from: number, to?: number) {
    super(`the stream cannot be read from byte ${from}${to === undefined ? '' : ` to ${to}`}: ${reasons[reason]}`)
    this.reason = reason
    this.from = from
    this.to = to
  }
}
