import { Command } from 'commander'
import { explain } from '../cli/explanation.ts'
import { refuseUnknown } from '../cli/subcommand.ts'
import { createCommand } from './expectations/create.ts'
import { deleteCommand } from './expectations/delete.ts'
import { eventsCommand } from './expectations/events.ts'
import { flushCommand } from './expectations/flush.ts'
import { getCommand } from './expectations/get.ts'
import { listCommand } from './expectations/list.ts'

/** `nfqueue-test expectations …`: connections that helpers expect. */
export function expectationsCommand(): Command {
  const expectations = new Command('expectations')
    .description('list, watch, make and delete connections that helpers expect: data of FTP, media of SIP')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(eventsCommand())
    .addCommand(getCommand())
    .addCommand(createCommand())
    .addCommand(deleteCommand())
    .addCommand(flushCommand())
    .hook('preSubcommand', refuseUnknown('filters are options: --master, -f'))
  return explain(
    expectations,
    `Examples:
  nfqueue-test expectations --master 'tcp 10.0.0.1:4000 > 10.0.0.2:21'
  nfqueue-test expectations delete tcp 10.0.0.2:0 10.0.0.1:5000`,
  )
}
