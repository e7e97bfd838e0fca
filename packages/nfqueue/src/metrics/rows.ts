import type { QueueStats } from '../judging/counts.ts'

/** One number of `QueueStats`, as every metrics system names it. */
export interface Metric {
  /** From the general to the particular: `packets`, `received`. */
  readonly words: readonly string[]
  /** What is counted, in the notation of UCUM. */
  readonly unit: string
  readonly doc: string
  /** A counter only rises; a gauge does not. */
  readonly kind: 'counter' | 'gauge'
  /** What tells the numbers of one metric apart, besides the queue. */
  readonly label?: string
}

/** Every number there is. A new one in `QueueStats` does not compile without its row. */
export const metrics: { readonly [key in keyof QueueStats]: Metric } = {
  received: {
    words: ['packets', 'received'],
    unit: '{packet}',
    doc: 'Packets the kernel handed over',
    kind: 'counter',
  },
  verdicts: {
    words: ['verdicts'],
    unit: '{verdict}',
    doc: 'Verdicts given, those the queue itself gave included',
    kind: 'counter',
    label: 'verdict',
  },
  unjudged: {
    words: ['packets', 'unjudged'],
    unit: '{packet}',
    doc: 'Packets the handler left without verdict',
    kind: 'counter',
    label: 'reason',
  },
  pending: {
    words: ['packets', 'pending'],
    unit: '{packet}',
    doc: 'Packets that wait for a verdict now',
    kind: 'gauge',
  },
  lost: {
    words: ['packets', 'lost'],
    unit: '{packet}',
    doc: 'Packets dropped because the socket was full',
    kind: 'counter',
  },
  passed: {
    words: ['packets', 'passed'],
    unit: '{packet}',
    doc: 'Packets accepted unseen because the socket was full, with failOpen',
    kind: 'counter',
  },
  verdictErrors: {
    words: ['verdict', 'errors'],
    unit: '{verdict}',
    doc: 'Verdicts the kernel refused, or that could not be sent before the queue was closed',
    kind: 'counter',
  },
  lateVerdicts: {
    words: ['late', 'verdicts'],
    unit: '{verdict}',
    doc: 'Verdicts of the program for packets the queue had judged already',
    kind: 'counter',
  },
  socketDropped: {
    words: ['socket', 'dropped'],
    unit: '{datagram}',
    doc: 'Datagrams the kernel could not queue to the socket, all queues on it together',
    kind: 'counter',
  },
  queueDropped: {
    words: ['queue', 'dropped'],
    unit: '{packet}',
    doc: 'Packets the kernel dropped because the queue was full',
    kind: 'counter',
  },
}

/** Upper bounds of the verdict latency's buckets, in seconds. */
export const latencyBounds: readonly number[] = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5,
]

export const latencyDoc = "From the reading of a packet's burst to its verdict"
