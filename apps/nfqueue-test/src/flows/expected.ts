import type { ConntrackTable, Expectation, ZonedTuple } from '@nfkit/conntrack'
import { parseTuple } from '@nfkit/inet'
import { InvalidArgumentError } from 'commander'
import { UserError } from '../terminal/failure.ts'
import { type TupleOptions, tupleOf } from './tuple.ts'

/** The connection that expects, in one word. What it throws becomes one sentence on stderr. */
export function masterTuple(text: string): ZonedTuple {
  const tuple = parseTuple(text)
  if (tuple !== undefined) return tuple
  throw new InvalidArgumentError("It must be the original direction in one word: 'tcp 10.0.0.1:4000 > 10.0.0.2:21'.")
}

/** The one expectation of a tuple. Throws `UserError` when there is none. */
export async function expectedOf(
  table: ConntrackTable,
  protocol: string,
  source: string,
  destination: string,
  options: TupleOptions,
): Promise<Expectation> {
  const expectation = await table.expectations.get(tupleOf(protocol, source, destination, options))
  if (expectation !== undefined) return expectation
  throw new UserError(
    `nothing expects ${protocol} ${source} > ${destination}, ends as expectations list prints them: src and sport first`,
  )
}
