import type { SocketInfo } from '../socket.ts'
import type { Files } from './files.ts'

/** Processes that are looked at for one answer. */
const most = 100_000

/** Where a socket was found. */
interface Place {
  readonly pid: number
  /** `/proc/PID/fd/N`. */
  readonly link: string
}

/**
 * Processes by the sockets they have open. A socket that is not known has the processes of its cgroup read again, or those of its user where the
 * cgroup is not known, and no others; one that is known has its processes checked.
 */
export class Processes {
  readonly #files: Files
  readonly #places = new Map<number, readonly Place[]>()
  /** What was read for each group, to be forgotten when it is read again. */
  readonly #groups = new Map<string, readonly number[]>()

  constructor(files: Files) {
    this.#files = files
  }

  /** Ids of all processes that have the socket open, ascending: more than one where it was inherited, or passed on. `directory` is its cgroup's. */
  of({ inode, uid }: SocketInfo, directory: string | undefined): number[] {
    if (inode === undefined) return []
    const still = this.#still(inode)
    if (still.length > 0) return still
    const inGroup = directory === undefined ? undefined : this.#inGroup(directory)
    const pids = inGroup ?? (uid === undefined ? [] : this.#ofUser(uid))
    this.#read(directory ?? `uid ${uid}`, pids)
    return this.#still(inode)
  }

  #still(inode: number): number[] {
    const name = `socket:[${inode}]`
    const places = (this.#places.get(inode) ?? []).filter(({ link }) => this.#files.link(link) === name)
    return [...new Set(places.map(({ pid }) => pid))].sort((a, b) => a - b)
  }

  #inGroup(directory: string): readonly number[] | undefined {
    return this.#files
      .read(`${directory}/cgroup.procs`)
      ?.split('\n')
      .filter((line) => line !== '' && line !== '0')
      .map(Number)
  }

  #ofUser(uid: number): readonly number[] {
    const all = (this.#files.directories('/proc') ?? []).filter((name) => /^\d+$/.test(name)).slice(0, most)
    return all.filter((name) => this.#files.stat(`/proc/${name}`)?.uid === uid).map(Number)
  }

  #read(group: string, pids: readonly number[]): void {
    for (const inode of this.#groups.get(group) ?? []) this.#places.delete(inode)
    const found = new Map<number, Place[]>()
    for (const pid of pids.slice(0, most)) {
      for (const fd of this.#files.list(`/proc/${pid}/fd`) ?? []) {
        const link = `/proc/${pid}/fd/${fd}`
        const inode = Number(/^socket:\[(\d+)\]$/.exec(this.#files.link(link) ?? '')?.[1])
        if (Number.isNaN(inode)) continue
        const places = found.get(inode)
        if (places) places.push({ pid, link })
        else found.set(inode, [{ pid, link }])
      }
    }
    for (const [inode, places] of found) this.#places.set(inode, places)
    this.#groups.set(group, [...found.keys()])
  }
}
