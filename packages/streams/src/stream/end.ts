/** Why a stream says no more. */
export const streamEnds = {
  fin: 'its sender has said all',
  reset: 'the connection was reset',
  judged: 'the program has given its verdict, and the connection is not followed any more',
  unjudged: 'a hold of it reached a limit, and its packets are left to the queue',
  idle: 'nothing came for so long that the connection was forgotten',
  evicted: 'there was no room for more connections, or for more bytes of them',
  waiting: 'more bytes, or more pieces of them, came out of order than are kept',
  truncated: 'the queue copies less than whole packets: open it with a larger copyRange',
  closed: 'the tracker was closed',
} as const

/** A key of `streamEnds`. */
export type StreamEnd = keyof typeof streamEnds

/** The ends a connection comes to by itself, or by the program's verdict. The others are the tracker's, and may come in the middle. */
export type NaturalEnd = 'fin' | 'reset' | 'judged'

/** Whether an end is none of the tracker's. */
export function isNatural(end: StreamEnd): end is NaturalEnd {
  return end === 'fin' || end === 'reset' || end === 'judged'
}
