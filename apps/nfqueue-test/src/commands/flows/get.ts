import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { type FormatOptions, formatOption, outputOption, printer } from '../../flows/format.ts'
import { withTable } from '../../flows/table.ts'
import { addTuple, flowOf, type TupleOptions } from '../../flows/tuple.ts'
import { print } from '../../terminal/print.ts'

/** `nfqueue-test flows get`. */
export function getCommand(): Command {
  return addTuple(new Command('get').description('one connection, by either direction'))
    .addOption(formatOption())
    .addOption(outputOption())
    .addOption(jsonOption('flows', 'the connection as a JSON object: --format json'))
    .action((protocol: string, source: string, destination: string, options: TupleOptions & FormatOptions) =>
      withTable(async (table) => {
        const flow = await flowOf(table, protocol, source, destination, options)
        await print(printer(options)([flow]))
      }),
    )
}
