import type { TimeoutPolicy } from '@nfkit/conntrack'
import { printable } from '@nfkit/netlink-codec'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { nameOf, policyName, policyOf, secondsText } from '../../flows/lifetime.ts'
import { withTable } from '../../flows/table.ts'
import { print } from '../../terminal/print.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'

/** `nfqueue-test timeouts [list]`. */
export function listCommand(): Command {
  return new Command('list')
    .description('timeout policies, or the one of a name (the default)')
    .argument('[name]', 'of a policy', policyName)
    .addOption(jsonOption('timeouts', 'one JSON object per policy'))
    .action((name: string | undefined, { json }: { json?: boolean }) =>
      withTable(async (table) => {
        const policies = name === undefined ? await table.timeouts.list() : [await policyOf(table, name)]
        for (const policy of policies) await print(json ? jsonLine(policy) : `${policyText(policy)}\n`)
      }),
    )
}

/** `long-ssh: ipv4 tcp, established 86400, …; used by 1 rule`. */
const policyText = ({ name, family, protocol, seconds, use = 1 }: TimeoutPolicy): string =>
  `${printable(name)}: ${family} ${nameOf(protocol)}, ${secondsText(seconds)}; used by ${counted(use - 1, 'rule')}`
