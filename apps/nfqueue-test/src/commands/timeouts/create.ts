import type { FamilyName, TimeoutProtocol, TimeoutSeconds } from '@nfkit/conntrack'
import { Command } from 'commander'
import { choice } from '../../cli/arguments.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { familyOption, policyName, secondsByState, secondsByWord, timedProtocol } from '../../flows/lifetime.ts'
import { withTable } from '../../flows/table.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface CreateOptions {
  readonly family: FamilyName
  readonly existing: 'refuse' | 'replace'
  readonly json?: boolean
}

/** `nfqueue-test timeouts create`. */
export function createCommand(): Command {
  return new Command('create')
    .description('make a timeout policy; states that are left out have the defaults of the moment')
    .argument('<name>', 'at most 31 bytes', policyName)
    .argument('<protocol>', 'tcp, udp, …, a number, or generic: all without timeouts of their own', timedProtocol)
    .argument('[seconds...]', 'by state: established=600 syn_sent=10', secondsByWord)
    .addOption(familyOption())
    .addOption(choice('--existing <what>', 'a policy that is there: refuse, replace', ['refuse', 'replace'], 'refuse'))
    .addOption(jsonOption('timeouts', 'the policy as a JSON object'))
    .action((name: string, protocol: TimeoutProtocol | number, said: TimeoutSeconds = {}, options: CreateOptions) =>
      withTable(async (table) => {
        const { family, existing, json } = options
        const seconds = await secondsByState(table, protocol, family, said)
        await table.timeouts.create({ name, family, protocol, seconds }, { onExisting: existing })
        await print(json ? jsonLine(await table.timeouts.get(name)) : '1 timeout policy created\n')
      }),
    )
}
