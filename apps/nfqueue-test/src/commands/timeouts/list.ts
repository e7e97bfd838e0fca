import type { TimeoutPolicy } from '@nfkit/conntrack'
import { printable } from '@nfkit/netlink-codec'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { nameOf, secondsText } from '../../flows/lifetime.ts'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

/** `nfqueue-test timeouts [list]`. */
export function listCommand(): Command {
  return new Command('list')
    .description('timeout policies, or the one of a name (the default)')
    .argument('[name]', 'of a policy')
    .addOption(jsonOption('timeouts', 'one JSON object per policy'))
    .action((name: string | undefined, { json }: { json?: boolean }) =>
      withTable(async (table) => {
        const { timeouts } = table
        const policies = name === undefined ? await timeouts.list() : [await timeouts.get(name)]
        for (const policy of policies) {
          if (policy === undefined) throw new UserError(`there is no timeout policy "${name}"`)
          await print(json ? jsonLine(policy) : `${policyText(policy)}\n`)
        }
      }),
    )
}

/** `long-ssh: ipv4 tcp, established 86400, …; used by 1 rule`. */
const policyText = ({ name, family, protocol, seconds, use = 1 }: TimeoutPolicy): string =>
  `${printable(name)}: ${family} ${nameOf(protocol)}, ${secondsText(seconds)}; used by ${use === 2 ? '1 rule' : `${use - 1} rules`}`
