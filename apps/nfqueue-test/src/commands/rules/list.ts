import { printRuleset, type TableIdentity } from '@nfkit/nftables'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { tableJson } from '../../rules/json.ts'
import { tableOption, withNftables } from '../../rules/nftables.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { printableBlock } from '../../text/block.ts'
import { jsonLine } from '../../text/json.ts'

interface ListOptions {
  readonly table?: TableIdentity
  readonly json?: boolean
}

/** `nfqueue-test rules [list]`. */
export function listCommand(): Command {
  return new Command('list')
    .description('the rules there are (the default)')
    .addOption(tableOption())
    .addOption(jsonOption('rules', 'one JSON object per table'))
    .action(({ table, json }: ListOptions) =>
      withNftables(async (nft) => {
        const ruleset = await nft.list({ table })
        if (table !== undefined && ruleset.tables.length === 0)
          throw new UserError(`there is no table ${table.family} ${table.name}`)
        if (json) for (const one of ruleset.tables) await print(jsonLine(tableJson(one, ruleset.generation)))
        else await print(printableBlock(printRuleset(ruleset)))
      }),
    )
}
