import type { ConntrackTable, TimeoutPolicy, Timeouts } from '@nfkit/conntrack'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { policyName, policyOf } from '../../flows/lifetime.ts'
import { withTable } from '../../flows/table.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'

interface DeleteOptions {
  readonly unused?: boolean
  readonly json?: boolean
}

/** `nfqueue-test timeouts delete`. */
export function deleteCommand(): Command {
  return new Command('delete')
    .description('remove a timeout policy, or all that no rule uses')
    .argument('[name]', 'of the policy', policyName)
    .option('--unused', 'all that no rule uses')
    .addOption(jsonOption('timeouts', 'one JSON object per removed policy'))
    .action((name: string | undefined, { unused, json }: DeleteOptions) =>
      withTable(async (table) => {
        if ((name !== undefined) === Boolean(unused))
          throw new UserError('delete removes timeout policies: name one, or say --unused, and not both')
        const gone = name === undefined ? await withoutUnused(table.timeouts) : await without(table, name)
        const sentence = `${counted(gone.length, 'timeout policy', 'timeout policies')} deleted\n`
        await print(json ? gone.map(jsonLine).join('') : sentence)
      }),
    )
}

async function without(table: ConntrackTable, name: string): Promise<readonly TimeoutPolicy[]> {
  const policy = await policyOf(table, name)
  await table.timeouts.delete(name)
  return [policy]
}

/** The kernel does not say which they were: those that are not there any more. */
async function withoutUnused(timeouts: Timeouts): Promise<readonly TimeoutPolicy[]> {
  const before = await timeouts.list()
  await timeouts.flush()
  const left = new Set((await timeouts.list()).map(({ name }) => name))
  return before.filter(({ name }) => !left.has(name))
}
