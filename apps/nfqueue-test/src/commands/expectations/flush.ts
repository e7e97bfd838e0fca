import { Command } from 'commander'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'

interface FlushOptions {
  readonly everything?: boolean
  readonly helper?: string
}

/** `nfqueue-test expectations flush`. */
export function flushCommand(): Command {
  return new Command('flush')
    .description('expect nothing any more, or nothing of a helper')
    .option('--helper <name>', 'of this helper: ftp')
    .option('--everything', 'all there are')
    .action(({ everything, helper }: FlushOptions) =>
      withTable(async (table) => {
        if ((helper !== undefined) === Boolean(everything))
          throw new UserError('flush removes expectations: name a --helper, or say --everything, and not both')
        await (helper === undefined ? table.expectations.flush() : table.expectations.flush({ helper }))
        await print('all matching expectations deleted\n')
      }),
    )
}
