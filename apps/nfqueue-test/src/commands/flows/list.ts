import { Command } from 'commander'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { type Format, formatOption, printer } from '../../flows/format.ts'
import { withTable } from '../../flows/table.ts'
import { print } from '../../terminal/print.ts'

interface ListOptions extends FilterOptions {
  readonly format: Format
  readonly json?: boolean
  readonly explain?: boolean
}

/** `nfqueue-test flows [list]`. */
export function listCommand(): Command {
  return addFilters(new Command('list').description('the connections there are (the default)'))
    .addOption(formatOption())
    .option('--json', 'one JSON object per connection: --format json')
    .option('--explain', 'say which conditions the kernel applies and which are applied here, and list nothing')
    .action(({ format, json, explain, ...options }: ListOptions) =>
      withTable(async (table) => {
        const filter = filterOf(options)
        if (explain) {
          const { kernel, here } = await table.explain(filter)
          await print(`kernel: ${kernel.join('; ') || 'nothing'}\nhere: ${here.join('; ') || 'nothing'}\n`)
          return
        }
        const shape = json ? 'json' : format
        const text = printer(shape)
        let empty = true
        for await (const batch of table.dump(filter).batches()) {
          await print(text(batch))
          empty = false
        }
        if (empty) await print(text([]))
      }),
    )
}
