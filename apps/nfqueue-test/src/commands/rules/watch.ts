import { type Commit, printChange } from '@nfkit/nftables'
import { Command } from 'commander'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { changeJson } from '../../rules/json.ts'
import { withNftables } from '../../rules/nftables.ts'
import { interrupted } from '../../terminal/interrupt.ts'
import { Lines } from '../../terminal/lines.ts'
import { note } from '../../terminal/note.ts'
import { outputGone, stdout } from '../../terminal/stdout.ts'
import { printableBlock } from '../../text/block.ts'
import { jsonLine } from '../../text/json.ts'

/** `nfqueue-test rules watch`. */
export function watchCommand(): Command {
  const command = new Command('watch')
    .description('each change of the rules, as it is committed, and by which program')
    .addOption(jsonOption('commits', 'one JSON object per commit'))
    .action(({ json = false }: { json?: boolean }) =>
      withNftables(async (nft) => {
        const lines = new Lines(stdout, 'change', 'leave out')
        const signal = AbortSignal.any([interrupted(), outputGone])
        await using watch = nft.watch()
        signal.addEventListener('abort', () => watch.close())
        if (signal.aborted) watch.close()
        for await (const event of watch) {
          if (stdout.hasFailed) break
          if (event.kind === 'commit') lines.write(json ? jsonOf(event) : textOf(event))
          else if (event.cause === 'gap') note('changes were lost: nfqueue-test rules shows what there is now')
        }
        lines.flush()
      }),
    )
  return explain(
    command,
    'The kernel tells of no elements whose time has passed, and of no table that goes with its program.',
  )
}

function textOf({ generation, processId, processName, changes }: Commit): string {
  const who = processName === undefined ? '' : `, by ${processName} (process ${processId})`
  return printableBlock(`# generation ${generation}${who}\n${changes.map((one) => `${printChange(one)}\n`).join('')}`)
}

const jsonOf = ({ changes, ...commit }: Commit): string => jsonLine({ ...commit, changes: changes.map(changeJson) })
