import type { FlowChanges } from '@nfkit/conntrack'
import { Command } from 'commander'
import { whole } from '../../cli/arguments.ts'
import { explain } from '../../cli/explanation.ts'
import { addFilters, type FilterOptions, filterOf, maskedMark } from '../../flows/filter.ts'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface UpdateOptions extends FilterOptions {
  readonly setMark?: FlowChanges['mark']
  readonly setTimeout?: number
  readonly addLabel?: readonly number[]
  readonly delLabel?: readonly number[]
  readonly json?: boolean
}

const label = whole(0, 127)
const another = (text: string, before: readonly number[] = []): readonly number[] => [...before, label(text)]

/** `nfqueue-test flows update`. */
export function updateCommand(): Command {
  const command = addFilters(new Command('update').description('change all connections that match'))
    .option('--set-mark <value[/mask]>', 'the connmark, or those of its bits the mask selects', maskedMark)
    .option('--set-timeout <seconds>', 'seconds until the entry expires', whole(0, 0xffff_ffff))
    .option('--add-label <number>', 'a label to set; may be said again', another)
    .option('--del-label <number>', 'a label to clear; may be said again', another)
    .option('--json', 'how many as JSON')
    .action(({ setMark, setTimeout, addLabel, delLabel, json, ...options }: UpdateOptions) => {
      const changes: FlowChanges = {
        ...(setMark !== undefined && { mark: setMark }),
        ...(setTimeout !== undefined && { timeoutSeconds: setTimeout }),
        ...((addLabel ?? delLabel) && { labels: { set: addLabel, clear: delLabel } }),
      }
      const filter = filterOf(options)
      if (Object.keys(changes).length === 0)
        throw new UserError('update changes nothing: say --set-mark, --set-timeout, --add-label or --del-label')
      if (Object.keys(filter).length === 0) throw new UserError('update changes what matches: name a filter')
      return withTable(async (table) => {
        const updated = await table.update(filter, changes)
        await print(
          json ? jsonLine({ updated }) : `${updated === 1 ? '1 connection' : `${updated} connections`} changed\n`,
        )
      })
    })
  return explain(command, 'Example: nfqueue-test flows update -p tcp --dport 443 --set-mark 0x10/0xf0')
}
