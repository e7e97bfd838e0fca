import { UserError } from '../terminal/failure.ts'
import { fateOf, makerIn } from './own-name.ts'
import { type InstalledRule, type Leftover, notQueueing, type QueueRule } from './queue-rule.ts'
import { expected, type Said, tool } from './tool.ts'

/** Whether nft is there, may be used, and this kernel's nftables can queue (NFT_QUEUE). Changes nothing. */
export function nftCanQueue(): boolean {
  return nft(table('nfqtest_probe', { text: '', hook: 'input', queue: 0 }), '--check').ok
}

/**
 * A table of our own, with one chain and one rule. A table is removed in two steps: its rules go first, so that what is queued can
 * still be judged; taking away the chain then unregisters a hook, and that makes the kernel drop all packets that wait in any queue
 * of the network namespace (nfqnl_nf_hook_drop).
 */
export function installNft(name: string, rule: QueueRule): InstalledRule {
  const { ok, complaint } = nft(table(name, rule))
  if (!ok) throw new UserError(`the rule "${rule.text}" cannot be installed: ${complaint}`)
  if (!queueStatement(rule.queue).test(tool('nft', ['list', 'table', 'inet', name]).out)) {
    nft(`delete table inet ${name}`)
    throw notQueueing(rule)
  }
  return {
    text: `nft: table inet ${name}, hook ${rule.hook}: ${ruleText(rule)}`,
    detach: () => void nft(`flush table inet ${name}`),
    remove: () => void nft(`delete table inet ${name}`),
  }
}

export function nftLeftovers(): Leftover[] {
  return expected(tool('nft', ['list', 'tables']))
    .out.split('\n')
    .flatMap((line) => {
      const name = /^table inet (\S+)$/.exec(line.trim())?.[1]
      const maker = name === undefined ? undefined : makerIn(name)
      const fate = maker && fateOf(maker)
      if (maker === undefined || fate === 'running') return []
      const remove = () => complaintOf(nft(`delete table inet ${name}`))
      return [{ text: `nft table inet ${name}`, pid: maker.pid, isForeign: fate === 'foreign', remove }]
    })
}

/** How nft prints the end of the rule: `queue flags bypass to 3`, and older ones `queue num 3 bypass`. */
const queueStatement = (queue: number) => new RegExp(`\\bqueue (flags bypass to ${queue}|num ${queue} bypass)$`, 'm')

const ruleText = ({ text, queue }: QueueRule) => `${text} queue flags bypass to ${queue}`.trim()

const table = (name: string, rule: QueueRule) =>
  `table inet ${name} { chain packets { type filter hook ${rule.hook} priority filter; policy accept; ${ruleText(rule)}; }; }`

const nft = (script: string, ...options: readonly string[]): Said => tool('nft', [...options, '-f', '-'], `${script}\n`)

const complaintOf = ({ ok, complaint }: Said): string | undefined => (ok ? undefined : complaint)
