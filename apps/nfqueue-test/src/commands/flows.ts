import { Command } from 'commander'
import { explain } from '../cli/explanation.ts'
import { UserError } from '../terminal/failure.ts'
import { deleteCommand } from './flows/delete.ts'
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
    .description('list, watch, find, change and delete tracked connections')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(watchCommand())
    .addCommand(getCommand())
    .addCommand(deleteCommand())
    .addCommand(updateCommand())
    .addCommand(flushCommand())
    .addCommand(loadCommand())
    .addCommand(statsCommand())
    .hook('preSubcommand', refuseUnknown)
  return explain(flows, examples)
}

/** A word that is no command would be taken for an argument of `list`, which has none. */
function refuseUnknown({ args: [word = '-'], commands }: Command): void {
  const names = commands.map((command) => command.name())
  if (word.startsWith('-') || names.includes(word)) return
  throw new UserError(
    `"${word}" is no command of flows, which are ${names.join(', ')}; filters are options: --host, --port, -p`,
  )
}

const examples = `Examples:
  nfqueue-test flows -p tcp --dport 443 --state established
  nfqueue-test flows --host 10.0.0.5 --port 53
  nfqueue-test flows -s 10.0.0.0/8 --status '!seenReply' --json
  nfqueue-test flows watch --mark 0x7/0xff
  nfqueue-test flows get tcp 10.0.0.1:4000 10.0.0.2:22
  nfqueue-test flows update --dport 443 --set-mark 7
  nfqueue-test flows flush -p udp --dport 53
  nfqueue-test flows --format save > saved, and later: nfqueue-test flows load saved`
