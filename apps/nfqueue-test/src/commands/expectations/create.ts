import type { ZonedTuple } from '@nfkit/conntrack'
import { Command } from 'commander'
import { whole } from '../../cli/arguments.ts'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { masterTuple } from '../../flows/expected.ts'
import { withTable } from '../../flows/table.ts'
import { addTuple, type TupleOptions, tupleOf } from '../../flows/tuple.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface CreateOptions extends TupleOptions {
  readonly master: ZonedTuple
  readonly matchSource?: boolean
  readonly matchSport?: boolean
  readonly class?: number
  readonly permanent?: boolean
  readonly inactive?: boolean
  readonly json?: boolean
}

/** `nfqueue-test expectations create`. */
export function createCommand(): Command {
  const command = addTuple(new Command('create').description('expect a connection, on behalf of one that has a helper'))
    .requiredOption('--master <tuple>', "the connection that expects: 'tcp 10.0.0.1:4000 > 10.0.0.2:21'", masterTuple)
    .option('--match-source', 'the source address counts: by default the connection may come from anywhere')
    .option('--match-sport', 'the source port counts')
    .option('--class <number>', "class of the helper's policy (default: 0)", whole(0, 0xffff_ffff))
    .option('--permanent', 'it stays when the connection has come')
    .option('--inactive', 'it is not looked at')
    .addOption(jsonOption('expectations', 'the expectation as a JSON object'))
    .action((protocol: string, source: string, destination: string, options: CreateOptions) =>
      withTable(async (table) => {
        const { master, matchSource, matchSport, class: number, permanent, inactive, json } = options
        const tuple = tupleOf(protocol, source, destination, options)
        await table.expectations.create({
          tuple,
          master,
          match: { sourceAddress: matchSource === true, sourcePort: matchSport === true },
          class: number,
          flags: [...(permanent ? (['permanent'] as const) : []), ...(inactive ? (['inactive'] as const) : [])],
        })
        await print(json ? jsonLine(await table.expectations.get(tuple)) : '1 expectation created\n')
      }),
    )
  return explain(
    command,
    `Example:
  nfqueue-test flows create tcp 10.0.0.1:4000 10.0.0.2:21 -t 600 --helper ftp
  nfqueue-test expectations create tcp 10.0.0.2:0 10.0.0.1:5000 --master 'tcp 10.0.0.1:4000 > 10.0.0.2:21'`,
  )
}
