import type { QueueEvents } from '../events.ts'

/** Where a queue's events are logged: `console`, or a logger with the same two methods. */
export interface Log {
  /** What is worth knowing. `detail` is what was thrown, where something was. */
  warn(text: string, detail?: unknown): void
  /** What costs a packet or a verdict. `detail` is what was thrown, where something was. */
  error(text: string, detail?: unknown): void
}

/** How one event reads in a log. */
export interface Sentence<What> {
  readonly level: keyof Log
  readonly text: (what: What) => string
  /** What was thrown, with its stack. */
  readonly detail?: (what: What) => unknown
}

const counted = (packets: number) => `${packets} packet${packets === 1 ? '' : 's'}`

/** The sentence of each event of a queue. */
export function sentences(queue: number): { readonly [K in keyof QueueEvents]: Sentence<QueueEvents[K][0]> } {
  const packet = (id: number) => `queue ${queue}, packet ${id}:`
  return {
    unjudged: {
      level: 'error',
      text: ({ packetId, reason, verdict }) =>
        `${packet(packetId)} left to the queue (${reason}), which said ${verdict}`,
      detail: ({ error }) => error,
    },
    handlerError: {
      level: 'error',
      text: ({ packetId }) => `${packet(packetId)} the handler failed after its verdict`,
      detail: ({ error }) => error,
    },
    lateVerdict: {
      level: 'warn',
      text: ({ packetId, verdict, reason }) =>
        `${packet(packetId)} ${verdict} came too late, the queue had judged it (${reason})`,
    },
    verdictError: { level: 'error', text: ({ message }) => message },
    lost: {
      level: 'error',
      text: ({ packets, where }) => `queue ${queue}: ${counted(packets)} lost, the ${where} was full`,
    },
    passed: {
      level: 'warn',
      text: ({ packets, where }) => `queue ${queue}: ${counted(packets)} passed unseen, the ${where} was full`,
    },
    warning: { level: 'warn', text: (text) => `queue ${queue}: ${text}` },
    trouble: { level: 'error', text: ({ message }) => `queue ${queue}: ${message}`, detail: (error) => error },
  }
}
