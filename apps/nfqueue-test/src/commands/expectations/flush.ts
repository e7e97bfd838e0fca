import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface FlushOptions {
  readonly everything?: boolean
  readonly helper?: string
  readonly json?: boolean
}

/** `nfqueue-test expectations flush`. */
export function flushCommand(): Command {
  return new Command('flush')
    .description('expect nothing any more, or nothing of a helper')
    .option('--helper <name>', 'of this helper: ftp')
    .option('--everything', 'all there are')
    .addOption(jsonOption('counts', 'an empty JSON object: the kernel does not say how many'))
    .action(({ everything, helper, json }: FlushOptions) =>
      withTable(async (table) => {
        if ((helper !== undefined) === Boolean(everything))
          throw new UserError('flush removes expectations: name a --helper, or say --everything, and not both')
        await (helper === undefined ? table.expectations.flush() : table.expectations.flush({ helper }))
        await print(json ? jsonLine({}) : 'all matching expectations deleted\n')
      }),
    )
}
