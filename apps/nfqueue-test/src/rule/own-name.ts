import { readFileSync, readlinkSync, statSync } from 'node:fs'

/** The maker of a rule: a process, told from a later one of the same number by its start, and from one elsewhere by its namespace. */
export interface Maker {
  readonly pid: number
  /** In clock ticks since boot, field 22 of /proc/PID/stat; `undefined` when there is no such process. */
  readonly start: number | undefined
  /** Inode of the pid namespace in which `pid` counts; `undefined` where /proc does not tell. */
  readonly namespace: number | undefined
}

/** What became of the maker of a rule. `foreign`: this pid namespace cannot tell. */
export type Fate = 'running' | 'ended' | 'foreign'

/** Inode of the first pid namespace, from which others count up (PROC_PID_INIT_INO of include/linux/proc_ns.h). */
const firstNamespace = 0xefff_fffc

/** This process. */
export const ourselves = (): Maker => ({ pid: process.pid, start: startOf('self'), namespace: ourNamespace() })

/** The name of a table or chain. At most 28 characters, as iptables wants. */
export function nameOf({ pid, start = 0, namespace }: Maker): string {
  const inode = namespace === undefined ? 'x' : ((namespace - firstNamespace) >>> 0).toString(36)
  return `nfqtest_${pid.toString(36)}_${start.toString(36)}_${inode}`
}

/** The maker of the table or chain of a name; `undefined` when it is not one of ours. */
export function makerIn(name: string): Maker | undefined {
  const parts = /^nfqtest_([0-9a-z]{1,7})_([0-9a-z]{1,8})_(?:x|([0-9a-z]{1,7}))$/.exec(name)
  if (!parts) return undefined
  const [pid, start, inode] = parts.slice(1).map((part) => (part ? Number.parseInt(part, 36) : undefined))
  return { pid: pid!, start: start!, namespace: inode === undefined ? undefined : (inode + firstNamespace) >>> 0 }
}

/** Whether it still runs. One whose start cannot be read counts as running: better a rule too many than one too few. */
export function fateOf({ pid, start, namespace }: Maker): Fate {
  if (namespace === undefined || namespace !== ourNamespace()) return 'foreign'
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended'
  }
  const now = isProcOurs() ? startOf(pid) : undefined
  return now !== undefined && start !== 0 && now !== start ? 'ended' : 'running'
}

function startOf(pid: number | 'self'): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything; what follows is the third field.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return undefined
  }
}

function ourNamespace(): number | undefined {
  try {
    return statSync('/proc/self/ns/pid').ino
  } catch {
    return undefined
  }
}

/** Whether /proc is of this pid namespace: in one without a /proc of its own the numbers are of another. */
function isProcOurs(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid)
  } catch {
    return false
  }
}
