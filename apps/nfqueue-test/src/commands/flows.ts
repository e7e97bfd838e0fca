import { Command } from 'commander'
import { explain } from '../cli/explanation.ts'
import { refuseUnknown } from '../cli/subcommand.ts'
import { createCommand } from './flows/create.ts'
import { deleteCommand } from './flows/delete.ts'
import { eventsCommand } from './flows/events.ts'
import { flushCommand } from './flows/flush.ts'
import { getCommand } from './flows/get.ts'
import { listCommand } from './flows/list.ts'
import { loadCommand } from './flows/load.ts'
import { statsCommand } from './flows/stats.ts'
import { updateCommand } from './flows/update.ts'
import { watchCommand } from './flows/watch.ts'

/** `nfqueue-test flows …`: the connection tracking table. */
export function flowsCommand(): Command {
  const flows = new Command('flows')
    .description('list, watch, find, make, change and delete tracked connections')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(watchCommand())
    .addCommand(eventsCommand())
    .addCommand(getCommand())
    .addCommand(createCommand())
    .addCommand(deleteCommand())
    .addCommand(updateCommand())
    .addCommand(flushCommand())
    .addCommand(loadCommand())
    .addCommand(statsCommand())
    .hook('preSubcommand', refuseUnknown('filters are options: --host, --port, -p'))
  return explain(flows, examples)
}

const examples = `Examples:
  nfqueue-test flows -p tcp --dport 443 --state established
  nfqueue-test flows --host 10.0.0.5 --port 53
  nfqueue-test flows -s 10.0.0.0/8 --status '!seenReply' --json
  nfqueue-test flows watch --sort bytes
  nfqueue-test flows events -e new,destroy -o timestamp
  nfqueue-test flows get tcp 10.0.0.1:4000 10.0.0.2:22
  nfqueue-test flows update --dport 443 --set-mark 7
  nfqueue-test flows flush -p udp --dport 53
  nfqueue-test flows --format save > saved, and later: nfqueue-test flows load saved`
