import { printable } from '@nfkit/netlink-codec'
import { Command } from 'commander'
import { explain } from '../cli/explanation.ts'
import { jsonOption } from '../cli/json-option.ts'
import { exitCode } from '../exit-code.ts'
import { iptablesLeftovers } from '../rule/iptables.ts'
import type { Leftover } from '../rule/queue-rule.ts'
import { note } from '../terminal/note.ts'
import { print } from '../terminal/print.ts'
import { jsonLine } from '../text/json.ts'

interface CleanupOptions {
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `nfqueue-test cleanup`: remove what a killed run left. */
export function cleanupCommand(): Command {
  return explain(
    new Command('cleanup')
      .description('remove rules that --rule made with iptables, and whose program was killed and could not do it')
      .option('--dry-run', 'only say what there is to remove')
      .addOption(jsonOption('leftovers', 'one JSON object per rule'))
      .action(async ({ dryRun, json }: CleanupOptions) => {
        // Remove all before telling anything: the reader may be slow.
        const found = iptablesLeftovers().map((left) => ({ ...left, problem: dryRun ? undefined : problemOf(left) }))
        for (const { text, pid, isForeign, problem } of found) {
          if (problem !== undefined) {
            note(`${text} of process ${pid} cannot be removed: ${problem}`)
            process.exitCode = exitCode.failed
            continue
          }
          const removed = !dryRun && !isForeign
          const whose = isForeign ? `${foreign}: run cleanup there` : 'which has ended'
          const line = `${removed ? 'removed' : 'left'}: ${printable(text)}, of process ${pid}, ${whose}\n`
          await print(json ? jsonLine({ rule: text, pid, removed, foreign: isForeign }) : line)
        }
        if (found.length === 0 && !json) await print('there is nothing to clean up\n')
      }),
    explanation,
  )
}

const foreign = 'which belongs to another pid namespace (a container, or its host) and may still run'

const problemOf = (left: Leftover): string | undefined => (left.isForeign ? undefined : left.remove())

const explanation = `Rules of programs that still run are left alone. So are those of another pid namespace, where it cannot be seen from here what runs.
Rules in the words of nft need no cleanup: the kernel takes their table away with their program.`
