import { readFileSync } from 'node:fs'

const table = '/proc/net/netfilter/nfnetlink_queue'

/** Who owns a queue, as far as /proc tells: ` (port id 4711, process "suricata")`, or nothing. */
export function ownerOf(queue: number): string {
  const fields = read(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .find(([number]) => number === queue)
  const portId = fields?.[1]
  if (portId === undefined) return ''
  // The first netlink socket of a process has its pid as port id (netlink_autobind).
  const name = read(`/proc/${portId}/comm`).trim()
  return name ? ` (process ${portId}, "${name}")` : ` (port id ${portId})`
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
