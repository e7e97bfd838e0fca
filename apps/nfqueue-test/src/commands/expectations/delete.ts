import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { expectedOf } from '../../flows/expected.ts'
import { withTable } from '../../flows/table.ts'
import { addTuple, type TupleOptions } from '../../flows/tuple.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface DeleteOptions extends TupleOptions {
  readonly json?: boolean
}

/** `nfqueue-test expectations delete`. */
export function deleteCommand(): Command {
  return addTuple(new Command('delete').description('expect a connection no longer'))
    .addOption(jsonOption('expectations', 'the removed expectation as a JSON object'))
    .action((protocol: string, source: string, destination: string, { json, ...options }: DeleteOptions) =>
      withTable(async (table) => {
        const expectation = await expectedOf(table, protocol, source, destination, options)
        const line = json ? jsonLine(expectation) : '1 expectation deleted\n'
        await table.expectations.delete(expectation)
        await print(line)
      }),
    )
}
