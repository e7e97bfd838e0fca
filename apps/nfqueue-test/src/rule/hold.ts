import { spawn } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { queueStatusPath } from '@nfkit/nfqueue'
import { kernelFile } from '../doctor/kernel-file.ts'

/** Ends when no queue has had a packet for a second, and none waits: columns of the file are queue, owner, packets that wait. */
const script = `while before=$(cat "$1") && [ -n "$before" ]; do
  sleep 1
  [ "$before" = "$(cat "$1")" ] || continue
  echo "$before" | while read -r _ _ waiting _; do [ "$waiting" = 0 ] || exit 1; done && exit
done`

/**
 * Keep a netlink socket open beyond the end of this program, for as long as packets are about in queues of the network namespace: a process
 * of its own does. Returns its number; `undefined` where no queue is bound, and nothing could be lost.
 */
export function holdWhilePacketsWait(portId: number): number | undefined {
  const descriptor = kernelFile(queueStatusPath) === '' ? undefined : descriptorOf(portId)
  if (descriptor === undefined) return undefined
  const holder = spawn('sh', ['-c', script, 'nfqueue-test', queueStatusPath], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  })
  holder.on('error', () => {})
  holder.unref()
  return holder.pid
}

/** The descriptor of our socket with this port id. */
function descriptorOf(portId: number): number | undefined {
  const rows = kernelFile('/proc/self/net/netlink')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
  // sk, protocol, port id …; the inode is last.
  const inode = rows.find(([, protocol, port]) => protocol === '12' && port === String(portId))?.at(-1)
  return readdirSync('/proc/self/fd')
    .map(Number)
    .find((descriptor) => linkOf(descriptor) === `socket:[${inode}]`)
}

function linkOf(descriptor: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    // The one that listed the folder is closed by now.
    return undefined
  }
}
