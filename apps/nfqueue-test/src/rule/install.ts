import { UserError } from '../terminal/failure.ts'
import { installIptables } from './iptables.ts'
import { installNftables, queueingNftables } from './nftables.ts'
import { nameOf, ourselves } from './own-name.ts'
import type { InstalledRule, QueueRule } from './queue-rule.ts'

/**
 * Install a rule that feeds a queue: in nf_tables where the kernel can, else, and for the words of iptables, with that. Rejects with `UserError`.
 */
export async function installRule(rule: QueueRule): Promise<InstalledRule> {
  if (rule.text.trim() === '') throw new UserError('the rule is empty: every packet would be queued')
  if (/[\n;]/.test(rule.text)) throw new UserError('a rule is one line without ";"')
  if (!hasPairedQuotes(rule.text))
    throw new UserError('a quote in the rule is not closed: it would swallow what follows')
  const name = nameOf(ourselves())
  const nftables = rule.text.trim().startsWith('-') ? undefined : await queueingNftables()
  return nftables === undefined ? installIptables(name, rule) : installNftables(nftables, name, rule)
}

/** Of double quotes, in which a backslash takes the meaning of what follows. */
const hasPairedQuotes = (text: string): boolean => /^([^"]|"([^"\\]|\\.)*")*$/.test(text)
