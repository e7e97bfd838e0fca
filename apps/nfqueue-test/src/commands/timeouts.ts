import { Command } from 'commander'
import { explain } from '../cli/explanation.ts'
import { refuseUnknown } from '../cli/subcommand.ts'
import { createCommand } from './timeouts/create.ts'
import { defaultsCommand } from './timeouts/defaults.ts'
import { deleteCommand } from './timeouts/delete.ts'
import { listCommand } from './timeouts/list.ts'

/** `nfqueue-test timeouts …`: timeout policies, and the timeouts of connections without one. */
export function timeoutsCommand(): Command {
  const timeouts = new Command('timeouts')
    .description('list, make and delete timeout policies, which rules give to connections; read and set the defaults')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(createCommand())
    .addCommand(deleteCommand())
    .addCommand(defaultsCommand())
    .hook('preSubcommand', refuseUnknown('one policy is shown by timeouts list NAME'))
  return explain(
    timeouts,
    `Examples:
  nfqueue-test timeouts create long-ssh tcp established=86400 --family ipv4
  iptables -t raw -A PREROUTING -p tcp --dport 22 -j CT --timeout long-ssh
  nfqueue-test timeouts defaults udp unreplied=10`,
  )
}
