import { Command } from 'commander'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'

interface DeleteOptions {
  readonly unused?: boolean
}

/** `nfqueue-test timeouts delete`. */
export function deleteCommand(): Command {
  return new Command('delete')
    .description('remove a timeout policy, or all that no rule uses')
    .argument('[name]', 'of the policy')
    .option('--unused', 'all that no rule uses')
    .action((name: string | undefined, { unused }: DeleteOptions) =>
      withTable(async (table) => {
        if ((name !== undefined) === Boolean(unused))
          throw new UserError('delete removes timeout policies: name one, or say --unused, and not both')
        await (name === undefined ? table.timeouts.flush() : table.timeouts.delete(name))
        await print(name === undefined ? 'unused timeout policies deleted\n' : '1 timeout policy deleted\n')
      }),
    )
}
