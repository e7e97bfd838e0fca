import { type MetricRows, type MetricTable, verdictBounds } from '@nfkit/netlink-transport/metrics'
import type { FirewallStats } from '../judging/counts.ts'
import type { FirewallCensus } from './census.ts'

/** All that is counted of a firewall. */
export interface Seen extends FirewallStats, FirewallCensus {
  readonly epoch: number
}

const rows: MetricRows<Seen> = {
  packets: {
    words: ['packets', 'queued'],
    unit: '{packet}',
    doc: 'Packets that came to user space',
    kind: 'counter',
  },
  judged: {
    words: ['connections', 'judged'],
    unit: '{connection}',
    doc: 'Connections the judge has decided on',
    kind: 'counter',
    label: 'verdict',
  },
  remembered: {
    words: ['packets', 'remembered'],
    unit: '{packet}',
    doc: 'Packets in user space of connections that were decided already',
    kind: 'counter',
  },
  unjudged: {
    words: ['packets', 'unjudged'],
    unit: '{packet}',
    doc: 'Packets on which nothing was decided',
    kind: 'counter',
  },
  outdated: {
    words: ['answers', 'outdated'],
    unit: '{answer}',
    doc: 'Questions that were asked anew because the policy had changed',
    kind: 'counter',
  },
  undecided: {
    words: ['connections', 'undecided'],
    unit: '{connection}',
    doc: 'Connections whose judge has not answered yet',
    kind: 'gauge',
  },
  cachedPackets: {
    words: ['cached', 'packets'],
    unit: '{packet}',
    doc: 'Packets the kernel has decided by itself',
    kind: 'counter',
    label: 'verdict',
  },
  cachedBytes: {
    words: ['cached', 'bytes'],
    unit: 'By',
    doc: 'Bytes of packets the kernel has decided by itself',
    kind: 'counter',
    label: 'verdict',
  },
  alive: {
    words: ['connections', 'alive'],
    unit: '{connection}',
    doc: 'Connections that are there, and whose verdict holds',
    kind: 'gauge',
    label: 'verdict',
  },
  epoch: {
    words: ['epoch'],
    unit: '{change}',
    doc: 'Changes of the whole policy since the firewall was opened',
    kind: 'gauge',
  },
}

/** What the numbers of firewalls are called. */
export const firewallTable: MetricTable<Seen> = {
  subject: 'firewall',
  label: 'firewall',
  rows,
  latency: { word: 'judge', doc: 'From the question to the answer of the judge', bounds: verdictBounds },
}
