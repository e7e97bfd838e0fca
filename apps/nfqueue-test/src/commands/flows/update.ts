import type { FlowChanges } from '@nfkit/conntrack'
import { Command } from 'commander'
import { whole } from '../../cli/arguments.ts'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { maskedMark } from '../../flows/condition.ts'
import { statusToSet, tcpStateToSet } from '../../flows/entry.ts'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { moreLabels } from '../../flows/label.ts'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'

interface UpdateOptions extends FilterOptions {
  readonly setMark?: FlowChanges['mark']
  readonly setTimeout?: number
  readonly setStatus?: FlowChanges['status']
  readonly setState?: FlowChanges['tcp']
  readonly addLabel?: readonly number[]
  readonly delLabel?: readonly number[]
  readonly json?: boolean
}

/** `nfqueue-test flows update`. */
export function updateCommand(): Command {
  const command = addFilters(new Command('update').description('change all connections that match'))
    .optionsGroup('What changes:')
    .option('--set-mark <value[/mask]>', 'the connmark, or those of its bits the mask selects', maskedMark)
    .option('--set-timeout <seconds>', 'seconds until the entry expires', whole(0, 0xffff_ffff))
    .option('--set-status <names>', 'bits to set: assured,seenReply, or ASSURED', statusToSet)
    .option('--set-state <state>', 'state of TCP: established, timeWait, …, or as SYN_SENT', tcpStateToSet)
    .option('--add-label <labels>', 'labels to set, by number or name: web,7', moreLabels)
    .option('--del-label <labels>', 'labels to clear', moreLabels)
    .optionsGroup('Options:')
    .addOption(jsonOption('counts', 'how many as a JSON object'))
    .action(({ json, ...options }: UpdateOptions) => {
      const changes = changesOf(options)
      const filter = filterOf(options)
      if (Object.keys(changes).length === 0) throw new UserError(`update changes nothing: say ${changing.join(', ')}`)
      if (Object.keys(filter).length === 0) throw new UserError('update changes what matches: name a filter')
      return withTable(async (table) => {
        const updated = await table.update(filter, changes)
        await print(json ? jsonLine({ updated }) : `${counted(updated, 'connection')} updated\n`)
      })
    })
  return explain(command, 'Example:\n  nfqueue-test flows update -p tcp --dport 443 --set-mark 0x10/0xf0')
}

const changing = ['--set-mark', '--set-timeout', '--set-status', '--set-state', '--add-label or --del-label']

const changesOf = ({ setMark, setTimeout, setStatus, setState, addLabel, delLabel }: UpdateOptions): FlowChanges => ({
  ...(setMark !== undefined && { mark: setMark }),
  ...(setTimeout !== undefined && { timeoutSeconds: setTimeout }),
  ...(setStatus !== undefined && { status: setStatus }),
  ...(setState !== undefined && { tcp: setState }),
  ...((addLabel ?? delLabel) && { labels: { set: addLabel, clear: delLabel } }),
})
