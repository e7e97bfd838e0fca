import { type FlowChange, flowKey, type Watch } from '@nfkit/conntrack'
import { formatFlow } from '@nfkit/netlink-codec/conntrack'
import { Command } from 'commander'
import { choice, whole } from '../../cli/arguments.ts'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { withTable } from '../../flows/table.ts'
import { LiveView } from '../../flows/view/live.ts'
import { type Order, orders } from '../../flows/view/order.ts'
import { interrupted } from '../../terminal/interrupt.ts'
import { onKey } from '../../terminal/keys.ts'
import { Lines } from '../../terminal/lines.ts'
import { note } from '../../terminal/note.ts'
import { canDraw } from '../../terminal/screen/screen.ts'
import { outputGone, stdout } from '../../terminal/stdout.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'
import { faint } from '../../text/style.ts'
import { timeText } from '../../text/time.ts'
import { padded } from '../../text/width.ts'

interface WatchOptions extends FilterOptions {
  readonly json?: boolean
  readonly sort: Order
  readonly interval: number
}

/** `nfqueue-test flows watch`. */
export function watchCommand(): Command {
  const command = addFilters(new Command('watch').description('a live view on a terminal; in a pipe a line per change'))
    .addOption(jsonOption('flow-changes', 'one JSON object per change'))
    .addOption(choice('--sort <by>', 'what comes first on a terminal', orders, 'newest'))
    .option('--interval <seconds>', 'between looks at the counters, for a terminal', whole(1, 86_400), 2)
    .action(({ json, sort, interval, ...options }: WatchOptions) =>
      withTable(async (table) => {
        const isLive = canDraw() && !json
        const ended = new AbortController()
        const signal = AbortSignal.any([interrupted(), outputGone, ended.signal])
        const watch = table.watch(filterOf(options), isLive ? { signal, resyncSeconds: interval } : { signal })
        try {
          await (isLive ? view(watch, sort, () => ended.abort()) : write(watch, json ? jsonLine : tell))
        } catch (error) {
          if (!signal.aborted) throw error
        }
      }),
    )
  return explain(
    command,
    'Keys of the live view: n, b, p and l sort by newest, bytes, packets and time left; q ends it.',
  )
}

async function view(watch: Watch, sort: Order, end: () => void): Promise<void> {
  const view = new LiveView(sort)
  const endKeys = onKey((key) => {
    const order = orders.find((name) => name.startsWith(key))
    if (order !== undefined) view.order = order
    else if (key === 'q') end()
  })
  try {
    for await (const change of watch) {
      if (stdout.hasFailed) break
      show(view, watch, change)
    }
  } finally {
    endKeys()
    view.close()
  }
}

function show(view: LiveView, watch: Watch, change: FlowChange): void {
  if (change.kind === 'removed') view.delete(flowKey(change.flow))
  else if ('flow' in change) view.set(flowKey(change.flow), change.flow)
  // A comparison has read every counter anew, and tells of none: traffic alone is no change.
  else if (change.kind === 'synced') for (const flow of watch.flows()) view.refresh(flowKey(flow), flow)
}

/** The line of a change; what is no change is a note. */
function tell(change: FlowChange): string {
  if (change.kind === 'gap')
    note(`${counted(change.lost, 'event was', 'events were')} lost: what they told is looked up`)
  else if (change.kind !== 'synced')
    return `${faint(timeText(change.time.timestampNs))} ${padded(change.kind, 7)} ${formatFlow(change.flow)}\n`
  else if (change.cause === 'snapshot') note(`${counted(change.size, 'connection')} at first; what follows are changes`)
  return ''
}

async function write(watch: Watch, lineOf: (change: FlowChange) => string): Promise<void> {
  const lines = new Lines(stdout, 'change', 'leave out')
  try {
    for await (const change of watch) {
      if (stdout.hasFailed) break
      lines.write(lineOf(change))
    }
  } finally {
    lines.flush()
  }
}
