import { Command } from 'commander'
import { withTable } from '../../flows/table.ts'
import { print } from '../../print.ts'

/** `nfqueue-test flows stats`. */
export function statsCommand(): Command {
  return new Command('stats')
    .description('how full the table is, and what each processor counted')
    .option('--json', 'as one JSON object')
    .action(({ json }: { json?: boolean }) =>
      withTable(async (table) => {
        const stats = await table.stats()
        if (json) {
          await print(`${JSON.stringify(stats)}\n`)
          return
        }
        const most = stats.maxEntries === undefined ? '' : ` of at most ${stats.maxEntries}`
        await print(`${stats.entries} entries${most}\n`)
        for (const { processor, ...counts } of stats.processors) {
          const shown = Object.entries(counts).filter(([, count]) => count !== undefined)
          await print(`processor ${processor}: ${shown.map(([name, count]) => `${name} ${count}`).join(', ')}\n`)
        }
      }),
    )
}
