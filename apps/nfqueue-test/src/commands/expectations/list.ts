import { type ExpectationFilter, formatExpectation } from '@nfkit/conntrack'
import { Command, Option } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { masterTuple } from '../../flows/expected.ts'
import { withTable } from '../../flows/table.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface ListOptions extends ExpectationFilter {
  readonly json?: boolean
}

/** `nfqueue-test expectations [list]`. */
export function listCommand(): Command {
  return new Command('list')
    .description('the connections that are expected (the default)')
    .addOption(new Option('-f, --family <family>', 'ipv4 or ipv6').choices(['ipv4', 'ipv6']))
    .option('--master <tuple>', "of this connection: 'tcp 10.0.0.1:4000 > 10.0.0.2:21'", masterTuple)
    .addOption(jsonOption('expectations', 'one JSON object per expectation'))
    .action(({ json, ...filter }: ListOptions) =>
      withTable(async (table) => {
        for await (const expectation of table.expectations.dump(filter))
          await print(json ? jsonLine(expectation) : `${formatExpectation(expectation)}\n`)
      }),
    )
}
