import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'

interface FlushOptions extends FilterOptions {
  readonly everything?: boolean
  readonly json?: boolean
}

/** `nfqueue-test flows flush`. */
export function flushCommand(): Command {
  return addFilters(new Command('flush').description('remove all connections that match'))
    .option('--everything', 'remove all there are')
    .addOption(jsonOption('counts', 'how many as a JSON object, which is empty where the kernel does not say'))
    .action(({ everything, json, ...options }: FlushOptions) =>
      withTable(async (table) => {
        const filter = filterOf(options)
        const isFiltered = Object.keys(filter).length > 0
        if (isFiltered === Boolean(everything)) {
          throw new UserError('flush removes what matches: name a filter, or say --everything, and not both')
        }
        const deleted = isFiltered ? await table.flush(filter) : await table.flush()
        const which = deleted === undefined ? 'all matching connections' : counted(deleted, 'connection')
        await print(json ? jsonLine({ deleted }) : `${which} deleted\n`)
      }),
    )
}
