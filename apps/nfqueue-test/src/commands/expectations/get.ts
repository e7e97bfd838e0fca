import { formatExpectation } from '@nfkit/conntrack'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { expectedOf } from '../../flows/expected.ts'
import { withTable } from '../../flows/table.ts'
import { addTuple, type TupleOptions } from '../../flows/tuple.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface GetOptions extends TupleOptions {
  readonly json?: boolean
}

/** `nfqueue-test expectations get`. */
export function getCommand(): Command {
  return addTuple(new Command('get').description('the expectation of exactly these ends'))
    .addOption(jsonOption('expectations', 'the expectation as a JSON object'))
    .action((protocol: string, source: string, destination: string, { json, ...options }: GetOptions) =>
      withTable(async (table) => {
        const expectation = await expectedOf(table, protocol, source, destination, options)
        await print(json ? jsonLine(expectation) : `${formatExpectation(expectation)}\n`)
      }),
    )
}
