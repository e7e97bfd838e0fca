import { parseQueueStatus, queueStatusPath } from '@nfkit/nfqueue'
import { kernelFile } from './kernel-file.ts'
import { NetlinkSockets } from './netlink-socket.ts'

/** The owner of a queue, as far as /proc tells: ` (process 4711, "suricata")`, or nothing. */
export function ownerOf(queue: number): string {
  const portId = parseQueueStatus(kernelFile(queueStatusPath)).find((status) => status.queue === queue)?.portId
  return portId === undefined ? '' : ` (${new NetlinkSockets().who(portId)})`
}
