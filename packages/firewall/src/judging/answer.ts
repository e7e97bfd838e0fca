import { check } from '@nfkit/netlink-transport'
import type { FirewallVerdict } from '../marks.ts'
import type { JudgedConnection } from './connection.ts'

/**
 * Judges a connection: once for each that begins, and once again after `reconsider`. It may take its time: packets of the connection wait
 * meanwhile. What it throws, or rejects with, leaves them to `onUnjudged`, and the event `failed` has it.
 *
 * @example
 * import type { ConnectionJudge } from '@nfkit/firewall'
 *
 * export const noTelnet: ConnectionJudge = ({ destination }) => (destination?.port === 23 ? 'reject' : 'accept')
 */
export type ConnectionJudge = (connection: JudgedConnection) => FirewallVerdict | PromiseLike<FirewallVerdict>

const words: { readonly [verdict in FirewallVerdict]: true } = { accept: true, drop: true, reject: true }

/** Returns the verdict, or throws `RangeError`, with the nearest one, when it is none. */
export const verdictNamed = (answer: unknown): FirewallVerdict => check.word('the judge returned', answer, words)

/** What an answer comes to: at once where it is there, for the fast path. Throws what reading a promise's `then` throws. */
export function isPromised<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && typeof (answer as PromiseLike<T>).then === 'function'
}
