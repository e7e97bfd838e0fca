import type { Unjudged, UnjudgedReason, VerdictError } from './errors.ts'
import type { VerdictKind } from './packet/verdict.ts'

/** A verdict the program gave after the queue's own. It had no effect. */
export interface LateVerdict {
  /** The packet's id in its queue. */
  readonly packetId: number
  /** What the program said. */
  readonly verdict: VerdictKind
  /** Why the queue had judged the packet: `deadline`, `closing`, or what the handler did. */
  readonly reason: UnjudgedReason
}

/** What a queue tells besides its packets. */
export interface QueueEvents {
  /** A packet was left to the queue: by the handler, the deadline or the closing, or because its message made no sense. */
  unjudged: [Unjudged]
  /** The handler threw or rejected after it had judged the packet. */
  handlerError: [{ readonly packetId: number; readonly error: unknown }]
  /** A verdict came too late: the queue had judged the packet. */
  lateVerdict: [LateVerdict]
  /** A verdict had no effect: the kernel refused it, or it could not be sent. */
  verdictError: [VerdictError]
  /** The kernel dropped packets: the socket's buffer was full (ids are missing), or the queue was (looked up once a second). */
  lost: [{ readonly packets: number; readonly where: 'socket' | 'queue' }]
  /**
   * With `failOpen` the kernel accepted packets that no program has seen: the socket's buffer was full (ids are missing). What passes because the
   * queue is full it does not count: a `warning` tells that.
   */
  passed: [{ readonly packets: number; readonly where: 'socket' }]
  /** Something works less well than asked for; the text says what and why. */
  warning: [string]
  /**
   * The socket or the flow source reports trouble. The queue goes on, and sends again what the socket did not take; a failure that lasts
   * is told once a second. Only where the socket is closed (EBADF) the queue ends: `closed` resolves.
   */
  trouble: [Error]
}

/** Where the news of a queue go: an event by name. */
export type Tell = <K extends keyof QueueEvents>(event: K, ...what: QueueEvents[K]) => void
