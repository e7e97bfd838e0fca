import type { TimeoutPolicy, Timeouts } from '@nfkit/conntrack'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
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
    .argument('[name]', 'of the policy')
    .option('--unused', 'all that no rule uses')
    .addOption(jsonOption('timeouts', 'one JSON object per removed policy'))
    .action((name: string | undefined, { unused, json }: DeleteOptions) =>
      withTable(async ({ timeouts }) => {
        if ((name !== undefined) === Boolean(unused))
          throw new UserError('delete removes timeout policies: name one, or say --unused, and not both')
        const gone = name === undefined ? await withoutUnused(timeouts) : await without(timeouts, name)
        const sentence = `${counted(gone.length, 'timeout policy', 'timeout policies')} deleted\n`
        await print(json ? gone.map(jsonLine).join('') : sentence)
      }),
    )
}

async function without(timeouts: Timeouts, name: string): Promise<readonly TimeoutPolicy[]> {
  const policy = await timeouts.get(name)
  await timeouts.delete(name)
  return policy === undefined ? [] : [policy]
}

/** The kernel does not say which they were: those that are not there any more. */
async function withoutUnused(timeouts: Timeouts): Promise<readonly TimeoutPolicy[]> {
  const before = await timeouts.list()
  await timeouts.flush()
  const left = new Set((await timeouts.list()).map(({ name }) => name))
  return before.filter(({ name }) => !left.has(name))
}
