import type { Part } from '@nfkit/nftables'
import type { RuleSource } from '@nfkit/simulator'
import type { Setup } from '../../protocol/request.ts'
import { run } from './modules.ts'

/** The rules that a text is: a listing as it is, or what a module exports as `rules` or by default. */
export async function rulesOf({ kind, text }: Setup['rules']): Promise<RuleSource> {
  if (kind === 'listing') return text
  const { rules, default: other } = await run('rules.ts', text)
  const found = rules ?? other
  if (found === undefined) throw new Error('the rules export nothing: write "export default [table, chain, rule]"')
  return found as Iterable<Part>
}
