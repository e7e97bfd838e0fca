import { type ExpectationEvent, formatExpectation } from '@nfkit/conntrack'
import { Command } from 'commander'
import { addListening, follow, type ListeningOptions } from '../../flows/follow.ts'
import { outputOption } from '../../flows/format.ts'
import { withTable } from '../../flows/table.ts'

interface EventsOptions extends ListeningOptions {
  readonly output?: readonly string[]
}

const kinds = ['expectationNew', 'expectationDestroy'] as const
const tags = { expectationNew: '    [NEW]', expectationDestroy: '[DESTROY]' }

/** `nfqueue-test expectations events`. */
export function eventsCommand(): Command {
  return addListening(
    new Command('events').description('expectations that are made, and that end'),
    'expectation-events',
  )
    .addOption(outputOption(['timestamp']))
    .action(({ output = [], json, bufferSize, reliable }: EventsOptions) =>
      withTable((table) =>
        follow(
          table,
          { kinds, receiveBuffer: bufferSize, reliable },
          { json, timed: output.includes('timestamp') },
          ({ kind, expectation }: ExpectationEvent) => `${tags[kind]} ${formatExpectation(expectation)}`,
        ),
      ),
    )
}
