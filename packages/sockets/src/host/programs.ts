import { type Checks, check } from '@nfkit/netlink-transport'
import type { SocketInfo } from '../socket.ts'
import { type CgroupName, cgroupName } from './cgroup-name.ts'
import { CgroupTree } from './cgroup-tree.ts'
import type { Files } from './files.ts'
import { Processes } from './processes.ts'

/** Which program a socket belongs to, as far as this host tells. */
export interface Program extends CgroupName {
  /** Path of its cgroup, from the mount of cgroup2 on; `undefined` where the cgroup is gone, or not below what this mount shows. */
  readonly cgroup: string | undefined
}

/** How often the cgroup tree is read. */
export interface ProgramsOptions {
  /** For how long the tree is not read again, whatever is asked for: 10 by default. Strangers may make cgroups that are gone when they are looked for. */
  readonly restMilliseconds?: number | undefined
  /** The clock: milliseconds that only grow; `performance.now` by default. */
  readonly now?: (() => number) | undefined
}

/** Paths whose names are remembered. */
const mostNames = 1_000

const checks: Checks<ProgramsOptions> = {
  restMilliseconds: (value) => check.whole('restMilliseconds', value, 0, 0x7fff_ffff),
  now: (value) => check.callable('now', value),
}

/**
 * The programs of this host, by socket: cgroup, systemd unit or container, and processes. The cgroup is that in which the socket was made; it is
 * found without looking at processes. Processes are looked for when they are asked for.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openSockets, Programs } from '@nfkit/sockets'
 * import { linuxFiles } from '@nfkit/sockets/linux'
 *
 * const sockets = openSockets(openMnl())
 * const programs = new Programs(linuxFiles)
 * for await (const socket of sockets.list({ states: ['listen'] }))
 *   console.error(`${socket}`, programs.of(socket).unit, programs.processes(socket))
 * sockets.close()
 */
export class Programs {
  readonly #tree: CgroupTree
  /** What paths say, for those that were asked about lately. */
  readonly #names = new Map<string, CgroupName>()
  readonly #processes: Processes

  /** Throws `TypeError` or `RangeError` for an option that is unknown or out of range. */
  constructor(files: Files, options: ProgramsOptions = {}) {
    const { restMilliseconds = 10, now = () => performance.now() } = check.all('Programs', options, checks)
    this.#tree = new CgroupTree(files, restMilliseconds, now)
    this.#processes = new Processes(files)
  }

  /** The program of a socket. */
  of({ cgroupId }: SocketInfo): Program {
    const cgroup = cgroupId === undefined ? undefined : this.#tree.path(cgroupId)
    return cgroup === undefined ? { cgroup, unit: undefined, container: undefined } : { cgroup, ...this.#name(cgroup) }
  }

  #name(cgroup: string): CgroupName {
    const known = this.#names.get(cgroup)
    if (known !== undefined) return known
    if (this.#names.size >= mostNames) this.#names.clear()
    const name = cgroupName(cgroup)
    this.#names.set(cgroup, name)
    return name
  }

  /**
   * Ids of all processes that have the socket open, ascending: more than one where it was inherited or passed on, none where it was closed
   * meanwhile, or was made in a cgroup which its program has left. Needs the same user, or CAP_SYS_PTRACE.
   */
  processes(socket: SocketInfo): number[] {
    const { cgroup } = this.of(socket)
    const { mount } = this.#tree
    return this.#processes.of(socket, cgroup === undefined || mount === undefined ? undefined : `${mount}${cgroup}`)
  }
}
