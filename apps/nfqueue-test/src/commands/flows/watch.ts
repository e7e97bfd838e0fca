import { flowKey } from '@nfkit/conntrack'
import { Command } from 'commander'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { LiveView } from '../../flows/live-view.ts'
import { withTable } from '../../flows/table.ts'
import { interrupted } from '../../terminal/interrupt.ts'
import { Lines } from '../../terminal/lines.ts'
import { outputGone, stdout } from '../../terminal/stdout.ts'
import { jsonLine } from '../../text/json.ts'

interface WatchOptions extends FilterOptions {
  readonly json?: boolean
}

/** `nfqueue-test flows watch`. */
export function watchCommand(): Command {
  return addFilters(new Command('watch').description('a live view on a terminal; in a pipe one JSON object per change'))
    .option('--json', 'JSON on a terminal, too')
    .action(({ json, ...options }: WatchOptions) =>
      withTable(async (table) => {
        const view = process.stdout.isTTY && !json ? new LiveView() : undefined
        const lines = new Lines(stdout, 'changes', 'leave out')
        const signal = AbortSignal.any([interrupted(), outputGone])
        try {
          for await (const change of table.watch(filterOf(options), { signal })) {
            if (stdout.hasFailed) break
            if (!view) lines.write(jsonLine(change))
            else if (change.kind === 'removed') view.delete(flowKey(change.flow))
            else if ('flow' in change) view.set(flowKey(change.flow), change.flow)
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
