import { parseQueueStatus, queueStatusPath } from '@nfkit/nfqueue'
import { kernelFile } from './kernel-file.ts'

/** The owner of a queue, as far as /proc tells: ` (process 4711, "suricata")`, or nothing. */
export function ownerOf(queue: number): string {
  const portId = parseQueueStatus(kernelFile(queueStatusPath)).find((status) => status.queue === queue)?.portId
  if (portId === undefined) return ''
  const name = processName(portId)
  return name ? ` (process ${portId}, "${name}")` : ` (port id ${portId})`
}

/** Name of the process a port id belongs to: the first netlink socket of a process has its pid (netlink_autobind). */
export const processName = (portId: number): string => kernelFile(`/proc/${portId}/comm`).trim()
