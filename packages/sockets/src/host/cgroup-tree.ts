import type { Files } from './files.ts'

/** Directories that are looked at for one answer: a host with more is asked for less. */
const most = 100_000
/** Directories below each other. */
const deepest = 64

/** cgroup2 directories by inode: an answer that is not known has the tree read again, at most once in `restMilliseconds`. */
export class CgroupTree {
  readonly #files: Files
  readonly #rest: number
  readonly #now: () => number
  #paths = new Map<bigint, string>()
  #mount: string | undefined
  #readAt = Number.NEGATIVE_INFINITY

  constructor(files: Files, restMilliseconds: number, now: () => number) {
    this.#files = files
    this.#rest = restMilliseconds
    this.#now = now
  }

  /** Where the cgroup2 file system was mounted when the tree was read; `undefined` where it was not. */
  get mount(): string | undefined {
    return this.#mount
  }

  /** The path from the mount on, `/` for its root; `undefined` for a cgroup that is not there, or not below what this mount shows. */
  path(id: bigint): string | undefined {
    const path = this.#below(id)
    return path === '' ? '/' : path
  }

  #below(id: bigint): string | undefined {
    const known = this.#paths.get(id)
    if (known !== undefined && this.#isStill(known, id)) return known
    const now = this.#now()
    if (now - this.#readAt < this.#rest) return undefined
    this.#readAt = now
    this.#paths = this.#walk()
    return this.#paths.get(id)
  }

  #isStill(path: string, id: bigint): boolean {
    const mount = this.#mount
    return mount !== undefined && this.#files.stat(`${mount}${path}`)?.inode === id
  }

  #walk(): Map<bigint, string> {
    const paths = new Map<bigint, string>()
    const mount = mountOf(this.#files.read('/proc/mounts') ?? '')
    this.#mount = mount
    if (mount === undefined) return paths
    const open: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }]
    for (let next = open.pop(); next && paths.size < most; next = open.pop()) {
      const { path, depth } = next
      const id = this.#files.stat(`${mount}${path}`)?.inode
      if (id === undefined) continue
      paths.set(id, path)
      if (depth === deepest) continue
      for (const name of this.#files.directories(`${mount}${path}`) ?? [])
        open.push({ path: `${path}/${name}`, depth: depth + 1 })
    }
    return paths
  }
}

/** The mount point of the first cgroup2 file system in the text of `/proc/mounts`, which writes spaces as `\\040`. */
function mountOf(mounts: string): string | undefined {
  for (const line of mounts.split('\n')) {
    const [, point, type] = line.split(' ')
    if (type === 'cgroup2')
      return point?.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))
  }
  return undefined
}
