import { type Finding, ok, warning } from './finding.ts'
import { kernelFile } from './kernel-file.ts'
import { logGroups } from './readers.ts'
import type { LogRule } from './rules.ts'

/** Whether what rules log is read. */
export function logged(rules: readonly LogRule[]): readonly Finding[] {
  const read = new Set(logGroups().map(({ group }) => group))
  return rules.flatMap(({ text, group }): readonly Finding[] => {
    if (group === undefined) return isSilent() ? [toKernel(text)] : []
    return [read.has(group) ? ok(`log group ${group} is fed by: ${text}`) : toNobody(text, group)]
  })
}

const toNobody = (text: string, group: number): Finding =>
  warning(
    `log group ${group} has no reader, so this logs to nobody: ${text}`,
    `start its reader (openLog of @nfkit/nflog, ulogd), or take the rule out: the kernel prepares no copy, and counts none as lost`,
  )

const toKernel = (text: string): Finding =>
  warning(
    `in this network namespace the kernel's log may stay empty: ${text}`,
    'sysctl net.netfilter.nf_log_all_netns=1 in the first one, or log to a group, which every namespace has',
  )

/** Whether this is a network namespace of which the kernel logs nothing: the setting is shown in the first one alone (nf_log.c). */
const isSilent = (): boolean => kernelFile('/proc/sys/net/netfilter/nf_log_all_netns') === ''
