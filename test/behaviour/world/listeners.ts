import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** NETLINK_NETFILTER, and its groups about connections and expectations. */
const protocol = '12'
const groups = 0x3f

/**
 * Whether a socket in another network namespace listens to connections: the kernel gives new ones events while there is any, wherever
 * it is. Found are those of processes that can be looked at.
 */
export function listensElsewhere(): boolean {
  const seen = new Set([namespaceOf('self')])
  return readdirSync('/proc').some((pid) => {
    const namespace = /^\d+$/.test(pid) ? namespaceOf(pid) : undefined
    if (namespace === undefined || seen.has(namespace)) return false
    seen.add(namespace)
    return hasListener(pid)
  })
}

/** `undefined` of a process that has ended, or is not ours to look at. */
function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}

function hasListener(pid: string): boolean {
  try {
    const sockets = readFileSync(`/proc/${pid}/net/netlink`, 'utf8').split('\n').slice(1)
    return sockets.some((line) => {
      const [, of, , joined = '0'] = line.trim().split(/\s+/)
      return of === protocol && (Number.parseInt(joined, 16) & groups) !== 0
    })
  } catch {
    return false
  }
}
