import type { FamilyName, TimeoutProtocol, TimeoutSeconds } from '@nfkit/conntrack'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { familyOption, secondsByState, secondsByWord, secondsText, timedProtocol } from '../../flows/lifetime.ts'
import { withTable } from '../../flows/table.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface DefaultsOptions {
  readonly family: FamilyName
  readonly json?: boolean
}

/** `nfqueue-test timeouts defaults`. */
export function defaultsCommand(): Command {
  return new Command('defaults')
    .description('timeouts of connections without a policy; with seconds, set them first')
    .argument('<protocol>', 'tcp, udp, …, a number, or generic: all without timeouts of their own', timedProtocol)
    .argument('[seconds...]', 'by state: established=600; other states keep theirs', secondsByWord)
    .addOption(familyOption())
    .addOption(jsonOption('timeout-defaults', 'the timeouts as a JSON object'))
    .action((protocol: TimeoutProtocol | number, said: TimeoutSeconds = {}, { family, json }: DefaultsOptions) =>
      withTable(async (table) => {
        const seconds = await secondsByState(table, protocol, family, said)
        if (Object.keys(seconds).length > 0) await table.timeouts.setDefaults(protocol, seconds, family)
        const now = await table.timeouts.defaults(protocol, family)
        await print(json ? jsonLine(now) : `${secondsText(now)}\n`)
      }),
    )
}
