import type { FlowEvent } from '@nfkit/conntrack'
import { formatFlow } from '@nfkit/netlink-codec/conntrack'
import { Command, InvalidArgumentError } from 'commander'
import { explain } from '../../cli/explanation.ts'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { addListening, follow, type ListeningOptions } from '../../flows/follow.ts'
import { lineWith, outputOption } from '../../flows/format.ts'
import { withTable } from '../../flows/table.ts'

type Kind = FlowEvent['kind']

interface EventsOptions extends FilterOptions, ListeningOptions {
  readonly event?: readonly Kind[]
  readonly output?: readonly string[]
}

/** conntrack's own words, and ours. */
const kinds: { readonly [word: string]: readonly Kind[] } = {
  new: ['new'],
  update: ['update'],
  updates: ['update'],
  destroy: ['destroy'],
  all: ['new', 'update', 'destroy'],
}

function kindsOf(text: string): readonly Kind[] {
  return text.split(',').flatMap((word) => {
    const found = kinds[word.toLowerCase()]
    if (found === undefined) throw new InvalidArgumentError('It must be some of new, update, destroy, with commas.')
    return found
  })
}

/** `nfqueue-test flows events`. */
export function eventsCommand(): Command {
  const command = addListening(
    addFilters(new Command('events').description('each event of the table, as it happens')),
    'flow-events',
  )
    .option('-e, --event <kinds>', 'new, update, destroy, with commas (default: all)', kindsOf)
    .addOption(outputOption(['timestamp', 'extended', 'id', 'labels', 'ktimestamp']))
    .action(({ event, output = [], json, bufferSize, reliable, ...options }: EventsOptions) =>
      withTable((table) => {
        const listening = { kinds: event, filter: filterOf(options), receiveBuffer: bufferSize, reliable }
        const text = ({ kind, flow, portId }: FlowEvent) =>
          formatFlow(flow, { event: kind, portId, ...lineWith(output) })
        return follow(table, listening, { json, timed: output.includes('timestamp') }, text)
      }),
    )
  return explain(
    command,
    'An update has what changed and little else: nfqueue-test flows watch knows whole connections.',
  )
}
