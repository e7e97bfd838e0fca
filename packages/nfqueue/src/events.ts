import type { Unjudged, VerdictError } from './errors.ts'

/** What a queue tells besides its packets. */
export interface QueueEvents {
  /** A packet was left to the queue: by the handler, the deadline or the closing, or because its message made no sense. */
  unjudged: [Unjudged]
  /** The handler threw or rejected after it had judged the packet. */
  handlerError: [{ readonly packetId: number; readonly error: unknown }]
  /** The kernel refused a verdict. */
  verdictError: [VerdictError]
  /** The kernel dropped packets: the socket's buffer was full (ids are missing), or the queue was (looked up once a second). */
  lost: [{ readonly packets: number; readonly where: 'socket' | 'queue' }]
  /**
   * With `failOpen` the kernel accepted packets nobody has seen: the socket's buffer was full (ids are missing). What passes because the
   * queue is full it does not count: a `warning` tells that.
   */
  passed: [{ readonly packets: number; readonly where: 'socket' }]
  /** Something works less well than asked for; the text says what and why. */
  warning: [string]
  /** The socket reports trouble. The queue goes on. */
  trouble: [Error]
}
