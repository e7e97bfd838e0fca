import { Command } from 'commander'
import { explain } from '../cli/explanation.ts'
import { refuseUnknown } from '../cli/subcommand.ts'
import { checkCommand } from './rules/checking.ts'
import { listCommand } from './rules/list.ts'
import { watchCommand } from './rules/watch.ts'

/** `nfqueue-test rules …`: nf_tables. */
export function rulesCommand(): Command {
  const rules = new Command('rules')
    .description("list, watch and test the rules of nf_tables, in nft's language and without nft")
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(watchCommand())
    .addCommand(checkCommand())
    .hook('preSubcommand', refuseUnknown('one table is an option: --table'))
  return explain(rules, examples)
}

const examples = `Examples:
  nfqueue-test rules > saved.nft, and later: nft -f saved.nft
  nfqueue-test rules --table 'inet filter'
  nfqueue-test rules --json | jq -r '.chains[].rules[].text'
  nfqueue-test rules watch
  nfqueue-test rules check rules.json --packet 'tcp 192.0.2.1:4000 > 10.0.0.2:22 syn'`
