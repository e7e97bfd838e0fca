import type { Queue } from './queue.ts'

const buckets = 16

const bucketOf = (number: number): number => ((number >> 8) ^ number) % buckets

/** The text of /proc/net/netfilter/nfnetlink_queue. `queues` are in the order they were bound. */
export function procText(queues: Iterable<Queue>): string {
  const newestFirst = [...queues].reverse()
  const ordered = newestFirst.sort((a, b) => bucketOf(a.number) - bucketOf(b.number))
  return ordered.map((queue) => `${line(queue)}\n`).join('')
}

function line(queue: Queue): string {
  const columns: readonly [number, number][] = [
    [queue.number, 5],
    [queue.portId, 6],
    [queue.waiting.size, 5],
    [queue.copyMode, 1],
    [queue.copyRange, 5],
    [queue.dropped, 5],
    [queue.userDropped, 5],
    [queue.lastId, 8],
    [1, 2],
  ]
  return columns.map(([value, width]) => String(value).padStart(width)).join(' ')
}
