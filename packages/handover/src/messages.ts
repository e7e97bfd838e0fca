import type { Verdict } from '@nfkit/nfqueue'

/** The version of the messages below. */
export const version = 1

/** Sockets by name: their descriptors in the worker. */
export type Descriptors = { readonly [name: string]: number }

/** What a supervisor tells a worker. Each message has the version, so that no other traffic on the channel is taken for one. */
export type ToWorker =
  | { readonly handover: typeof version; readonly kind: 'ping' }
  /** Nobody reads the sockets any more: read them. */
  | { readonly handover: typeof version; readonly kind: 'take'; readonly sockets: Descriptors; readonly estate: Estate }
  /** Stop reading, judge what was read within so many milliseconds, and end. */
  | { readonly handover: typeof version; readonly kind: 'leave'; readonly milliseconds: number }

/** What a worker tells its supervisor. */
export type FromWorker =
  | { readonly handover: typeof version; readonly kind: 'pong' }
  /** The program is loaded, and reads nothing yet. */
  | { readonly handover: typeof version; readonly kind: 'ready' }
  /** It reads. */
  | { readonly handover: typeof version; readonly kind: 'taken' }
  /** It reads no more. */
  | { readonly handover: typeof version; readonly kind: 'left'; readonly state: unknown }

/** What one reader leaves to the next. */
export interface Estate {
  /** What the one before resolved to when it ended; `undefined` for the first, and after a crash. */
  readonly state: unknown
  /** The verdict of packets that it has read and not judged. */
  readonly orphans: Verdict
}

/** Whether something that came over the channel is a message of ours. */
export const isOurs = <Message extends ToWorker | FromWorker>(message: unknown): message is Message =>
  typeof message === 'object' && message !== null && (message as { handover?: unknown }).handover === version
