import { numberLines } from '../wire/number-lines.ts'

/** One queue as the kernel counts it: a line of /proc/net/netfilter/nfnetlink_queue (seq_show, net/netfilter/nfnetlink_queue.c). */
export interface QueueStatus {
  /** Number of the queue. */
  readonly queue: number
  /** Of the socket that owns it; for the first netlink socket of a process its process id. */
  readonly portId: number
  /** Packets that wait for a verdict. */
  readonly waiting: number
  /** A value of `copyMode`: in mode 0 every packet is dropped. */
  readonly copyMode: number
  /** Bytes of each packet that are copied. */
  readonly copyRange: number
  /** Packets dropped because the queue was full. */
  readonly queueDropped: number
  /** Packets dropped because the owner's receive buffer was full. */
  readonly socketDropped: number
  /** Id of the newest packet. */
  readonly lastId: number
}

/** The file below /proc/net in which the kernel shows its queues: what `procNet` of a transport reads. */
export const queueStatusFile = 'netfilter/nfnetlink_queue'

/**
 * The queues in the text of /proc/net/netfilter/nfnetlink_queue.
 *
 * @example
 * import { parseQueueStatus } from '@nfkit/netlink-codec/nfqueue'
 *
 * // readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8'), say
 * const [status] = parseQueueStatus('    0   4242     5 2 65531     0     0       17  1\n')
 * console.log(status?.queue, status?.waiting, status?.lastId) // 0 5 17
 */
export function parseQueueStatus(text: string): QueueStatus[] {
  return numberLines(text, 8).map(
    ([
      queue = 0,
      portId = 0,
      waiting = 0,
      copyMode = 0,
      copyRange = 0,
      queueDropped = 0,
      socketDropped = 0,
      lastId = 0,
    ]) => ({
      queue,
      portId,
      waiting,
      copyMode,
      copyRange,
      queueDropped,
      socketDropped,
      lastId,
    }),
  )
}
