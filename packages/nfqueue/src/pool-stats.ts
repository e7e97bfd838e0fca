import { Counts, type QueueStats } from './counts.ts'

/** What several queues have done, all together. */
export const total = (all: readonly QueueStats[]): QueueStats => all.reduce(sum, new Counts().snapshot(0, 0, 0))

function sum(a: QueueStats, b: QueueStats): QueueStats {
  return {
    received: a.received + b.received,
    verdicts: added(a.verdicts, b.verdicts),
    unjudged: added(a.unjudged, b.unjudged),
    pending: a.pending + b.pending,
    lost: a.lost + b.lost,
    passed: a.passed + b.passed,
    verdictErrors: a.verdictErrors + b.verdictErrors,
    lateVerdicts: a.lateVerdicts + b.lateVerdicts,
    socketDropped: a.socketDropped + b.socketDropped,
    queueDropped: a.queueDropped + b.queueDropped,
  }
}

function added<K extends string>(a: Readonly<Record<K, number>>, b: Readonly<Record<K, number>>): Record<K, number> {
  const keys = Object.keys(a) as K[]
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as Record<K, number>
}
