import { Command } from 'commander'
import { type Format, formatOption, printer } from '../../flows/format.ts'
import { withTable } from '../../flows/table.ts'
import { addTuple, flowOf, type TupleOptions } from '../../flows/tuple.ts'
import { print } from '../../terminal/print.ts'

interface GetOptions extends TupleOptions {
  readonly format: Format
  readonly json?: boolean
}

/** `nfqueue-test flows get`. */
export function getCommand(): Command {
  return addTuple(new Command('get').description('one connection, by either direction'))
    .addOption(formatOption())
    .option('--json', 'as JSON: --format json')
    .action((protocol: string, source: string, destination: string, options: GetOptions) =>
      withTable(async (table) => {
        const flow = await flowOf(table, protocol, source, destination, options)
        await print(printer(options.json ? 'json' : options.format)([flow]))
      }),
    )
}
