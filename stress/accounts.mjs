import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A queue's line in /proc/net/netfilter/nfnetlink_queue, by name. */
export function procLine(number) {
  const names = ['queue', 'portId', 'waiting', 'copyMode', 'copyRange', 'queueDropped', 'socketDropped', 'lastId']
  const lines = readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8').trim().split('\n')
  const fields = lines.map((line) => line.trim().split(/\s+/).map(Number)).find(([queue]) => queue === number)
  return fields && Object.fromEntries(names.map((name, i) => [name, fields[i]]))
}

/** Packets the rules have handed to the queue since they were made. */
export function queued() {
  const counts = ['iptables', 'ip6tables'].map((tool) => {
    const listing = execFileSync(tool, ['-w', '-nvxL', 'INPUT'], { encoding: 'utf8' })
    return Number(/^\s*(\d+)\s+\d+\s+NFQUEUE/m.exec(listing)?.[1])
  })
  return counts[0] + counts[1]
}

/** What is missing of the packets that came: 0 when verdicts, losses to the socket and losses to the full queue make up for all of it. */
export function unaccounted(sent, stats, proc) {
  const judged = Object.values(stats.verdicts).reduce((a, b) => a + b, 0)
  return sent - judged - stats.socketDropped - proc.queueDropped - stats.pending
}

/** Resolves when `condition` holds, or to `false` after the given time. */
export async function settled(condition, milliseconds = 5_000) {
  for (const start = performance.now(); performance.now() - start < milliseconds; ) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return condition()
}
