import type { FlowDump } from '@nfkit/conntrack'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { Command, Option } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { addFilters, type FilterOptions, filterOf } from '../../flows/filter.ts'
import { type FormatOptions, formatOption, outputOption, printer } from '../../flows/format.ts'
import { withTable } from '../../flows/table.ts'
import { first, type Order, orders } from '../../flows/view/order.ts'
import { print } from '../../terminal/print.ts'
import { jsonLine } from '../../text/json.ts'

interface ListOptions extends FilterOptions, FormatOptions {
  readonly explain?: boolean
  readonly dying?: boolean
  readonly unconfirmed?: boolean
  readonly zero?: boolean
  readonly sort?: Order
}

/** `nfqueue-test flows [list]`. */
export function listCommand(): Command {
  return addFilters(new Command('list').description('the connections there are (the default)'))
    .addOption(formatOption())
    .addOption(outputOption())
    .addOption(jsonOption('flows', 'one JSON object per connection: --format json'))
    .addOption(new Option('--sort <by>', 'what comes first').choices(orders.filter((order) => order !== 'newest')))
    .option('-z, --zero', 'set the counters of what is listed to zero; shown are those before')
    .addOption(new Option('--dying', 'those that ended and are not yet gone').conflicts(['unconfirmed', 'zero']))
    .addOption(new Option('--unconfirmed', 'those whose first packet is on its way').conflicts(['dying', 'zero']))
    .option('--explain', 'say which conditions the kernel applies and which are applied here, and list nothing')
    .action(({ format, json, output, explain, dying, unconfirmed, zero, sort, ...options }: ListOptions) =>
      withTable(async (table) => {
        const filter = filterOf(options)
        if (explain) {
          const { kernel, here } = await table.explain(filter)
          const sentence = `kernel: ${kernel.join('; ') || 'nothing'}\nhere: ${here.join('; ') || 'nothing'}\n`
          await print(json || format === 'json' ? jsonLine({ kernel, here }) : sentence)
          return
        }
        const text = printer({ format, json, output })
        let empty = true
        const list = dying ? 'dying' : unconfirmed ? 'unconfirmed' : 'table'
        for await (const batch of sorted(table.dump(filter, { list, zero }), sort)) {
          await print(text(batch))
          empty = false
        }
        if (empty) await print(text([]))
      }),
    )
}

/** As they come, or all at once and sorted. */
async function* sorted(dump: FlowDump, by: Order | undefined): AsyncGenerator<readonly Flow[]> {
  if (by === undefined) yield* dump.batches()
  else yield first(await dump.toArray(), by, Number.POSITIVE_INFINITY)
}
