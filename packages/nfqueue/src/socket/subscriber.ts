import type { VerdictError } from '../errors.ts'
import type { Lease } from '../packet/lease.ts'

/** A queue, as its channel sees it. */
export interface Subscriber {
  receive(bytes: Uint8Array, start: number, end: number, lease: Lease): void
  verdictRefused(error: VerdictError): void
  trouble(error: Error): void
  /** The socket is closed: nothing comes and nothing leaves any more. */
  ended(error: Error): void
  /** It is bound no more: the kernel has dropped what waits. The verdicts for these packets were never sent: why, the error says. */
  removed(unsent: readonly number[], error: Error | undefined): void
}
