import { parseQueueStatus, type QueueStatus } from '@nfkit/netlink-codec/nfqueue'
import type { Transport } from '@nfkit/netlink-transport'

/** The file below /proc/net. */
const table = 'netfilter/nfnetlink_queue'

/** Where the kernel shows the queues of the reader's network namespace; readable by root. */
export const queueStatusPath = `/proc/net/${table}`

/** The queue of a transport, as the kernel of its network namespace counts it; `undefined` where that cannot be read. */
export function statusOf(transport: Pick<Transport, 'portId' | 'procNet'>, number: number): QueueStatus | undefined {
  try {
    const { portId } = transport
    const all = parseQueueStatus(transport.procNet(table) ?? '')
    return all.find((one) => one.queue === number && one.portId === portId)
  } catch {
    // Counting must not cost a queue its life, not even over a transport that throws.
    return undefined
  }
}
