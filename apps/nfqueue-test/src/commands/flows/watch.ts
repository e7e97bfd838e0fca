import { flowKey } from '@nfkit/conntrack'
import { Command } from 'commander'
import { choice, whole } from '../../cli/arguments.ts'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { LiveView } from '../../flows/live-view.ts'
import { type Order, orders } from '../../flows/order.ts'
import { withTable } from '../../flows/table.ts'
import { interrupted } from '../../terminal/interrupt.ts'
import { Lines } from '../../terminal/lines.ts'
import { outputGone, stdout } from '../../terminal/stdout.ts'
import { jsonLine } from '../../text/json.ts'

interface WatchOptions extends FilterOptions {
  readonly json?: boolean
  readonly sort: Order
  readonly interval: number
}

/** `nfqueue-test flows watch`. */
export function watchCommand(): Command {
  return addFilters(new Command('watch').description('a live view on a terminal; in a pipe one JSON object per change'))
    .option('--json', 'JSON on a terminal, too')
    .addOption(choice('--sort <by>', 'what comes first on a terminal', orders, 'newest'))
    .option('--interval <seconds>', 'between looks at the counters, for a terminal', whole(1, 86_400), 2)
    .action(({ json, sort, interval, ...options }: WatchOptions) =>
      withTable(async (table) => {
        const view = process.stdout.isTTY && !json ? new LiveView(sort) : undefined
        const lines = new Lines(stdout, 'changes', 'leave out')
        const signal = AbortSignal.any([interrupted(), outputGone])
        try {
          const watch = table.watch(filterOf(options), view ? { signal, resyncSeconds: interval } : { signal })
          for await (const change of watch) {
            if (stdout.hasFailed) break
            if (!view) lines.write(jsonLine(change))
            else if (change.kind === 'removed') view.delete(flowKey(change.flow))
            else if ('flow' in change) view.set(flowKey(change.flow), change.flow)
            // A comparison has read every counter anew, and tells of none: traffic alone is no change.
            else if (change.kind === 'synced') for (const flow of watch.flows()) view.refresh(flowKey(flow), flow)
          }
        } catch (error) {
          if (!signal.aborted) throw error
        } finally {
          lines.flush()
          view?.close()
        }
      }),
    )
}
