import type { Instruments, Observe, StatsSource } from '@nfkit/netlink-transport/metrics'
import type { QueueStats } from '../judging/counts.ts'
import type { Queue } from '../queue.ts'

/** What is counted: a `Queue`, or a `Pool`, whose numbers come from its threads. */
export interface MetricSource extends StatsSource<QueueStats> {}

/** The metrics of a program's queues. */
export interface QueueMetrics {
  /** Count what a queue does. A pool needs a name for the label `queue`: `metrics.add(pool, '0-3')`. */
  add(queue: Queue): void
  add(source: MetricSource, name: string): void
  /**
   * Count what a queue does, and observe how long each packet waited for its verdict, whoever gave it and however late. Nothing happens
   * when the queue is measured already.
   */
  measure(queue: Queue): void
}

const queueName = (source: MetricSource | Queue): string | undefined =>
  'number' in source ? String(source.number) : undefined

export function queueMetrics({ ledger, observerOf }: Instruments<QueueStats>): QueueMetrics {
  const observers = new Map<number, Observe>()
  const measured = new WeakSet<Queue>()
  const observerFor = (number: number): Observe => {
    let observe = observers.get(number)
    if (observe === undefined) {
      observe = observerOf(String(number))
      observers.set(number, observe)
    }
    return observe
  }
  return {
    add: (source: MetricSource | Queue, name: string | undefined = queueName(source)) => {
      if (typeof name !== 'string') throw new TypeError(`add: a pool needs a name for the label "queue", not ${name}`)
      ledger.add(source, name)
    },
    measure: (queue) => {
      ledger.add(queue, String(queue.number))
      if (measured.has(queue)) return
      measured.add(queue)
      const observe = observerFor(queue.number)
      queue.observe((packet) => observe((performance.now() - packet.arrivedAt) / 1_000))
    },
  }
}
