import { parseQueueStatus, type QueueStatus, queueStatusFile } from '@nfkit/netlink-codec/nfqueue'
import type { Transport } from '@nfkit/netlink-transport'

/** Where the kernel shows the queues of the reader's network namespace; readable by root. */
export const queueStatusPath = `/proc/net/${queueStatusFile}`

/** The queue of a transport, as the kernel of its network namespace counts it; `undefined` where that cannot be read. */
export function statusOf(transport: Pick<Transport, 'portId' | 'procNet'>, number: number): QueueStatus | undefined {
  try {
    const { portId } = transport
    const all = parseQueueStatus(transport.procNet(queueStatusFile) ?? '')
    return all.find((one) => one.queue === number && one.portId === portId)
  } catch {
    // Counting must not cost a queue its life, not even over a transport that throws.
    return undefined
  }
}
