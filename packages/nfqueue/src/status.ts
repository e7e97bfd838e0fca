/** One queue as the kernel counts it: a line of /proc/net/netfilter/nfnetlink_queue (seq_show, net/netfilter/nfnetlink_queue.c). */
export interface QueueStatus {
  readonly queue: number
  /** Of the socket that owns it; for the first netlink socket of a process its process id. */
  readonly portId: number
  /** Packets that wait for a verdict. */
  readonly waiting: number
  /** A value of `copyMode`: in mode 0 every packet is dropped. */
  readonly copyMode: number
  readonly copyRange: number
  /** Packets dropped because the queue was full. */
  readonly queueDropped: number
  /** Packets dropped because the owner's receive buffer was full. */
  readonly socketDropped: number
  /** Id of the newest packet. */
  readonly lastId: number
}

/** Where the kernel shows its queues, for the network namespace of whoever reads it; readable by root. */
export const queueStatusPath = '/proc/net/netfilter/nfnetlink_queue'

/** The queues in the text of `queueStatusPath`. */
export function parseQueueStatus(text: string): QueueStatus[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((fields) => fields.length >= 8 && fields.every(Number.isFinite))
    .map(
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
