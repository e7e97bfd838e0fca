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

/**
 * What became of the packets the rules have handed to the queue since they had counted `before`; `missing` is 0 when verdicts, losses
 * to the socket and losses to the full queue make up for all of them. The rules' count is read anew each time: a datagram that was
 * sent may meet its rule only later, when the kernel's own thread comes to it. The socket has lost answers, too, where verdicts ask for some: the
 * queue's count is of packets.
 */
export function accounts(queue, before = 0) {
  const sent = queued() - before
  const { pending, socketDropped, verdicts } = queue.stats()
  const { queueDropped, socketDropped: lost } = procLine(queue.number)
  const judged = Object.values(verdicts).reduce((a, b) => a + b, 0)
  const missing = sent - judged - lost - queueDropped - pending
  return { missing, sent, judged, pending, lost, queueDropped, answersLost: socketDropped - lost }
}

/** Resolves to the accounts of a queue when nothing waits and nothing is missing, or when that has not come about in time. */
export async function settledAccounts(queue, before) {
  let last
  await settled(() => {
    if (queue.stats().pending > 0) return false
    last = accounts(queue, before)
    return last.missing === 0
  })
  return last ?? accounts(queue, before)
}

/** Resolves when `condition` holds, or to `false` after the given time. */
export async function settled(condition, milliseconds = 5_000) {
  for (const start = performance.now(); performance.now() - start < milliseconds; ) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return condition()
}
