import { type CgroupName, cgroupName } from './cgroup-name.ts'
import type { Files } from './files.ts'

/** A process that has a socket open. */
export interface Holder extends CgroupName {
  /** Its process id. */
  readonly pid: number
  /** Its name, 15 bytes of it: text that the process chooses. */
  readonly name: string
}

/**
 * The processes that have sockets open, by the inode of each, whatever a socket speaks: netlink, too. It looks at every process of the host once: for
 * one that asks now and then. `Programs` looks at those of one cgroup or user. Needs CAP_SYS_PTRACE to see those of other users.
 *
 * @example
 * import { socketHolders } from '@nfkit/sockets'
 * import { linuxFiles } from '@nfkit/sockets/linux'
 *
 * // The last column of /proc/net/netlink is the inode.
 * for (const { pid, name, unit } of socketHolders(linuxFiles, [48_211]).get(48_211) ?? []) console.log(pid, name, unit)
 */
export function socketHolders(files: Files, inodes: Iterable<number>): ReadonlyMap<number, readonly Holder[]> {
  const names = new Map(Array.from(inodes, (inode) => [`socket:[${inode}]`, inode]))
  const holders = new Map<number, Holder[]>()
  for (const pid of (files.directories('/proc') ?? []).filter((name) => /^\d+$/.test(name))) {
    const held = new Set((files.list(`/proc/${pid}/fd`) ?? []).map((fd) => files.link(`/proc/${pid}/fd/${fd}`) ?? ''))
    for (const link of held) {
      const inode = names.get(link)
      if (inode !== undefined) holders.set(inode, [...(holders.get(inode) ?? []), holderOf(files, Number(pid))])
    }
  }
  return holders
}

function holderOf(files: Files, pid: number): Holder {
  const cgroup = /^0::(.*)$/m.exec(files.read(`/proc/${pid}/cgroup`) ?? '')?.[1] ?? ''
  return { pid, name: (files.read(`/proc/${pid}/comm`) ?? '').trimEnd(), ...cgroupName(cgroup) }
}
