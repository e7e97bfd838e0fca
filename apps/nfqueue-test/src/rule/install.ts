import { UserError } from '../terminal/failure.ts'
import { installIptables, iptablesLeftovers } from './iptables.ts'
import { installNft, nftCanQueue, nftLeftovers } from './nft.ts'
import { nameOf, ourselves } from './own-name.ts'
import type { InstalledRule, Leftover, QueueRule } from './queue-rule.ts'

/**
 * Install a rule that feeds a queue, and remove it when the process exits, however it does: only SIGKILL leaves it, and then it lets
 * packets pass (bypass) until `leftovers` are removed. nft does it where it can, else iptables. Throws `UserError`.
 */
export function installRule(rule: QueueRule): InstalledRule {
  if (rule.text.trim() === '') throw new UserError('the rule is empty: every packet would be queued')
  if (/[\n;]/.test(rule.text)) throw new UserError('a rule is one line without ";"')
  if (!hasPairedQuotes(rule.text))
    throw new UserError('a quote in the rule is not closed: it would swallow what follows')
  const isIptables = rule.text.trim().startsWith('-')
  const install = !isIptables && nftCanQueue() ? installNft : installIptables
  const installed = install(nameOf(ourselves()), rule)
  let isThere = true
  const remove = () => {
    if (isThere) installed.remove()
    isThere = false
  }
  process.on('exit', remove)
  return { ...installed, remove }
}

/** Of double quotes, in which a backslash takes the meaning of what follows. */
const hasPairedQuotes = (text: string): boolean => /^([^"]|"([^"\\]|\\.)*")*$/.test(text)

/** The rules of programs that have ended without removing them, and of those of which that cannot be told. */
export function leftovers(): Leftover[] {
  return [...nftLeftovers(), ...iptablesLeftovers()]
}
