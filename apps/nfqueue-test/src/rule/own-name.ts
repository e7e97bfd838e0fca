import { readFileSync } from 'node:fs'

/** Who made a rule: a process, told from a later one of the same number by when it started. */
export interface Maker {
  readonly pid: number
  /** In clock ticks since boot, field 22 of /proc/PID/stat; `undefined` when there is no such process. */
  readonly start: number | undefined
}

/** This process. */
export const ourselves = (): Maker => makerOf(process.pid)

/** The name of a table or chain. At most 28 characters, as iptables wants. */
export const nameOf = ({ pid, start = 0 }: Maker): string => `nfqueue_test_${pid}_${start.toString(36)}`

/** Who made the table or chain of a name; `undefined` when it is not one of ours. */
export function makerIn(name: string): Maker | undefined {
  const parts = /^nfqueue_test_(\d+)_([0-9a-z]+)$/.exec(name)
  return parts ? { pid: Number(parts[1]), start: Number.parseInt(parts[2]!, 36) } : undefined
}

/** Whether it has ended. A process whose start cannot be read counts as running: better a rule too many than one too few. */
export function isGone({ pid, start }: Maker): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true
  }
  const now = makerOf(pid).start
  return now !== undefined && start !== 0 && now !== start
}

function makerOf(pid: number): Maker {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything; what follows is the third field.
    return { pid, start: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) }
  } catch {
    return { pid, start: undefined }
  }
}
