import { spawn } from 'node:child_process'
import { queueStatusPath } from '@nfkit/nfqueue'
import { kernelFile } from '../doctor/kernel-file.ts'

/** Ends when no queue has had a packet for a second, and none waits: columns of the file are queue, owner, packets that wait. */
const script = `while before=$(cat "$1") && [ -n "$before" ]; do
  sleep 1
  [ "$before" = "$(cat "$1")" ] || continue
  echo "$before" | while read -r _ _ waiting _; do [ "$waiting" = 0 ] || exit 1; done && exit
done`

/**
 * Keep a netlink socket, by its descriptor, open beyond the end of this program, for as long as packets are about in queues of the network namespace: a process
 * of its own does. Returns its number; `undefined` where no queue is bound, and nothing could be lost.
 */
export function holdWhilePacketsWait(descriptor: number): number | undefined {
  if (kernelFile(queueStatusPath) === '') return undefined
  const holder = spawn('sh', ['-c', script, 'nfqueue-test', queueStatusPath], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  })
  holder.on('error', () => {})
  holder.unref()
  return holder.pid
}
