import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** A rule that hands packets to queues. */
export interface QueueRule {
  /** As the tool prints it. */
  readonly text: string
  readonly first: number
  readonly last: number
  readonly bypass: boolean
}

/** Rules of iptables, ip6tables and nft that feed queues, and the tools that could not be asked. */
export async function queueRules(): Promise<{ rules: QueueRule[]; silent: string[] }> {
  const rules: QueueRule[] = []
  const silent: string[] = []
  const sources = [
    ['iptables-save', [], fromIptables],
    ['ip6tables-save', [], fromIptables],
    ['nft', ['list', 'ruleset'], fromNft],
  ] as const
  for (const [tool, args, parse] of sources) {
    try {
      rules.push(...parse((await execute(tool, args)).stdout, tool))
    } catch {
      silent.push(tool)
    }
  }
  return { rules, silent }
}

/** Lines of iptables-save: `-A INPUT … -j NFQUEUE --queue-num 0 --queue-bypass`. */
export function fromIptables(text: string, tool = 'iptables-save'): QueueRule[] {
  const command = tool.replace('-save', '')
  return text
    .split('\n')
    .filter((line) => line.startsWith('-A ') && line.includes('-j NFQUEUE'))
    .map((line) => {
      const range = /--queue-(?:num|balance) (\d+)(?::(\d+))?/.exec(line)
      const first = Number(range?.[1] ?? 0)
      return {
        text: `${command} ${line}`,
        first,
        last: Number(range?.[2] ?? first),
        bypass: line.includes('--queue-bypass'),
      }
    })
}

/** Lines of `nft list ruleset`: `… queue flags bypass to 0-3`, and the older `queue num 0 bypass`. */
export function fromNft(text: string): QueueRule[] {
  return text.split('\n').flatMap((line) => {
    const range = /\bqueue\b.*?\b(?:to|num)\s+(\d+)(?:-(\d+))?/.exec(line)
    if (!range) return []
    const first = Number(range[1])
    return [{ text: `nft ${line.trim()}`, first, last: Number(range[2] ?? first), bypass: /\bbypass\b/.test(line) }]
  })
}
