import { Command } from 'commander'
import { exitCode } from '../exit-code.ts'
import { explain } from '../explanation.ts'
import { note } from '../note.ts'
import { print } from '../print.ts'
import { leftovers } from '../rule/install.ts'

interface CleanupOptions {
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `nfqueue-test cleanup`: remove what a killed run left. */
export function cleanupCommand(): Command {
  return explain(
    new Command('cleanup')
      .description('remove rules of --rule whose program was killed and could not do it')
      .option('--dry-run', 'only say what there is to remove')
      .option('--json', 'one JSON object per rule')
      .action(async ({ dryRun, json }: CleanupOptions) => {
        const found = leftovers()
        for (const { text, pid, remove } of found) {
          const problem = dryRun ? undefined : remove()
          if (problem !== undefined) {
            note(`${text} of process ${pid} cannot be removed: ${problem}`)
            process.exitCode = exitCode.failed
          } else {
            const removed = !dryRun
            await print(
              json
                ? `${JSON.stringify({ rule: text, pid, removed })}\n`
                : `${removed ? 'removed' : 'left'}: ${text}, of process ${pid}, which has ended\n`,
            )
          }
        }
        if (found.length === 0 && !json) await print('there is nothing to clean up\n')
      }),
    explanation,
  )
}

const explanation = `Rules of programs that still run are left alone. Removing an nft table makes the kernel drop the packets that wait in
queues at that moment, of this network namespace.`
