import { type MetricRows, type MetricTable, verdictBounds } from '@nfkit/netlink-transport/metrics'
import type { QueueStats } from '../judging/counts.ts'

/** Every number there is. A new one in `QueueStats` does not compile without its row. */
const rows: MetricRows<QueueStats> = {
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

/** What the numbers of queues are called. */
export const queueTable: MetricTable<QueueStats> = {
  subject: 'nfqueue',
  label: 'queue',
  rows,
  latency: { word: 'verdict', doc: "From the reading of a packet's burst to its verdict", bounds: verdictBounds },
}
