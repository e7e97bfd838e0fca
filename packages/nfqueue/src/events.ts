import type { Unjudged, VerdictError } from './errors.ts'

/** What a queue tells besides its packets. */
export interface QueueEvents {
  /** A packet was left to the queue: by the handler, the deadline or the closing, or because its message made no sense. */
  unjudged: [Unjudged]
  /** The handler threw or rejected after it had judged the packet. */
  handlerError: [{ readonly packetId: number; readonly error: unknown }]
  /** The kernel refused a verdict. */
  verdictError: [VerdictError]
  /** Packets were lost between kernel and program: ids are missing, or the socket says so. */
  lost: [{ readonly packets: number }]
  /** Something works less well than asked for; the text says what and why. */
  warning: [string]
  /** The socket reports trouble. The queue goes on. */
  trouble: [Error]
}
