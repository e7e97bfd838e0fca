import { readdirSync, statSync } from 'node:fs'
import { openMnl } from '@nfkit/mnl-native'
import { parseQueueStatus, type QueueStatus, queueStatusFile } from '@nfkit/netlink-codec/nfqueue'

/** Another network namespace of this host, as far as this program may look into it. */
export interface OtherNamespace {
  /** A file that leads to it. */
  readonly path: string
  readonly queues: readonly QueueStatus[]
  /** Has one of its interfaces the IPv4 address? */
  has(address: string): boolean
}

/** Namespaces that are looked into, at most: each costs a socket for a moment. */
const most = 256

/** The other network namespaces: those with a name, and those of processes. */
export function otherNamespaces(): readonly OtherNamespace[] {
  const seen = new Set([inodeOf('/proc/self/ns/net')])
  const paths = [
    ...names('/run/netns').map((name) => `/run/netns/${name}`),
    ...names('/proc').flatMap((name) => (/^\d+$/.test(name) ? [`/proc/${name}/ns/net`] : [])),
  ]
  const others: OtherNamespace[] = []
  for (const path of paths) {
    const inode = inodeOf(path)
    if (inode === undefined || seen.has(inode) || others.length >= most) continue
    seen.add(inode)
    const other = lookInto(path)
    if (other) others.push(other)
  }
  return others
}

function lookInto(path: string): OtherNamespace | undefined {
  try {
    const transport = openMnl({ netns: path })
    try {
      const trie = transport.procNet('fib_trie') ?? ''
      const queues = parseQueueStatus(transport.procNet(queueStatusFile) ?? '')
      const local = new Set(Array.from(trie.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g), ([, address]) => address))
      return { path, queues, has: (address) => local.has(address) }
    } finally {
      transport.close()
    }
  } catch {
    // Gone meanwhile, or not ours to look into.
    return undefined
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
