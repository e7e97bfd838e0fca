import { Command } from 'commander'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { withTable } from '../../flows/table.ts'
import { addTuple, flowOf, type TupleOptions } from '../../flows/tuple.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface DeleteOptions extends TupleOptions {
  readonly json?: boolean
}

/** `nfqueue-test flows delete`. */
export function deleteCommand(): Command {
  const command = addTuple(new Command('delete').description('remove one connection, by either direction'))
    .addOption(jsonOption('flows', 'the removed connection as a JSON object'))
    .action((protocol: string, source: string, destination: string, { json, ...options }: DeleteOptions) =>
      withTable(async (table) => {
        const flow = await flowOf(table, protocol, source, destination, options)
        const line = json ? jsonLine(flow) : '1 connection deleted\n'
        await table.delete(flow)
        await print(line)
      }),
    )
  return explain(command, 'All connections that match a filter: nfqueue-test flows flush')
}
