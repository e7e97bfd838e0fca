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

/** Whether an end is the connection's own, or the program's verdict. The others are the tracker's, and may come in the middle. */
export function isNatural(end: StreamEnd): end is 'fin' | 'reset' | 'judged' {
  return end === 'fin' || end === 'reset' || end === 'judged'
}
