/**
 * What this host's tools tell, for `openFirewall`, asked with Node.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Bytes of rules that are taken from a tool, at most. */
const mostBytes = 1 << 26

/**
 * The rules of iptables-legacy in the network namespace of this process, both families: for the option `legacyRules`. Rejects when a tool is not installed or
 * refuses.
 *
 * @example
 * import { openFirewall } from '@nfkit/firewall'
 * import { legacyRules } from '@nfkit/firewall/linux'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * export const open = () =>
 *   openFirewall({
 *     transport: openMnl,
 *     name: 'checked',
 *     hooks: ['output'],
 *     absent: 'accept',
 *     legacyRules,
 *     judge: () => 'accept',
 *   })
 */
export async function legacyRules(): Promise<string> {
  const tools = ['iptables-legacy-save', 'ip6tables-legacy-save']
  const said = await Promise.all(tools.map((tool) => run(tool, [], { maxBuffer: mostBytes })))
  return said.map(({ stdout }) => stdout).join('')
}
