import { check } from '@nfkit/netlink-transport'
import type { Handler } from '../judging/consumer.ts'
import type { Packet } from '../packet/packet.ts'
import type { Queue } from '../queue.ts'
import { clock, measured } from './latency.ts'
import type { Ledger, MetricSource } from './ledger.ts'

/** The metrics of a program's queues. */
export interface QueueMetrics {
  /** Count what a queue does. A pool needs a name for the label `queue`: `metrics.add(pool, '0-3')`. */
  add(queue: Queue): void
  add(source: MetricSource, name: string): void
  /** The handler for `queue.run`, with every verdict's latency observed. The queue is counted, too. */
  measure(queue: Queue, handler: Handler): Handler
  /** Observe the latency of one packet, as in a `for await` loop. The queue is counted, too. */
  track(queue: Queue, packet: Packet): void
}

const queueName = (source: MetricSource | Queue): string | undefined =>
  'number' in source ? String(source.number) : undefined

/** Takes the seconds from a packet's arrival to its verdict. */
export type Observe = (seconds: number) => void

export function queueMetrics(ledger: Ledger, observerOf: (queue: string) => Observe): QueueMetrics {
  const observers = new Map<number, Observe>()
  const observer = (queue: Queue): Observe => {
    ledger.add(queue, String(queue.number))
    let observe = observers.get(queue.number)
    if (observe === undefined) {
      observe = observerOf(String(queue.number))
      observers.set(queue.number, observe)
    }
    return observe
  }
  return {
    add: (source: MetricSource | Queue, name: string | undefined = queueName(source)) => {
      if (typeof name !== 'string') throw new TypeError(`add: a pool needs a name for the label "queue", not ${name}`)
      ledger.add(source, name)
    },
    measure: (queue, handler) => {
      check.callable('measure', handler)
      return measured(handler, observer(queue))
    },
    track: (queue, packet) => clock(packet, observer(queue)),
  }
}
