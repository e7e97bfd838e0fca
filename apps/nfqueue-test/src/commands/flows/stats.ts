import type { ProcessorStatistics } from '@nfkit/conntrack'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { withTable } from '../../flows/table.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

/** `nfqueue-test flows stats`. */
export function statsCommand(): Command {
  return new Command('stats')
    .description('how full the table is, and what each processor counted')
    .addOption(jsonOption('statistics', 'all of it as a JSON object, with what nothing was counted of, too'))
    .action(({ json }: { json?: boolean }) =>
      withTable(async (table) => {
        const stats = await table.stats()
        if (json) {
          await print(jsonLine(stats))
          return
        }
        const most = stats.maxEntries === undefined ? '' : ` of at most ${stats.maxEntries}`
        await print(`${stats.entries} entries${most}\n`)
        await print(processorTable(stats.processors) ?? 'no processor has counted anything yet\n')
      }),
    )
}

/** A line per processor, and a column for each counter that counted anything anywhere; `undefined` when none did. */
function processorTable(processors: readonly ProcessorStatistics[]): string | undefined {
  const names = Object.keys(processors[0] ?? {}) as (keyof ProcessorStatistics)[]
  const shown = names.filter((name) => name === 'processor' || processors.some((one) => one[name]))
  if (shown.length < 2) return undefined
  const rows = [shown, ...processors.map((one) => shown.map((name) => `${one[name] ?? '-'}`))]
  const widths = shown.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => `${row.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}\n`).join('')
}
