import { type ConntrackTable, flowKey, openConntrack, saveLine } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import { type Flow, formatFlow } from '@nfkit/netlink-codec'
import { Command, Option } from 'commander'
import { whole } from '../arguments.ts'
import { UserError } from '../failure.ts'
import { headings, rowOf } from '../flows/columns.ts'
import { addFilters, type FilterOptions, filterOf } from '../flows/filter.ts'
import { LiveView } from '../flows/live-view.ts'
import { icmpOf, type TupleOptions, tupleOf } from '../flows/tuple.ts'
import { interrupted } from '../interrupt.ts'
import { print } from '../print.ts'

type Format = 'columns' | 'conntrack' | 'save' | 'json'

const lineOf: { readonly [format in Format]: (flow: Flow) => string } = {
  columns: rowOf,
  conntrack: formatFlow,
  save: saveLine,
  json: (flow) => JSON.stringify(flow),
}

const format = () =>
  new Option('--format <format>', 'columns; conntrack: as conntrack -L; save: as conntrack -o save; json')
    .choices(Object.keys(lineOf))
    .default('columns')

/** `nfqueue-test flows …`: the connection tracking table. */
export function flowsCommand(): Command {
  const flows = new Command('flows').description('list, watch, find and delete tracked connections')
  flows
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(watchCommand())
    .addCommand(getCommand())
    .addCommand(deleteCommand())
    .addCommand(flushCommand())
    .addCommand(statsCommand())
  return flows
}

async function withTable(use: (table: ConntrackTable) => Promise<void>): Promise<void> {
  await using table = await openConntrack(openMnl())
  await use(table)
}

interface ListOptions extends FilterOptions {
  readonly format: Format
  readonly json?: boolean
  readonly explain?: boolean
}

function listCommand(): Command {
  return addFilters(new Command('list').description('the connections there are (the default)'))
    .addOption(format())
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
        const line = lineOf[json ? 'json' : format]
        let head = line === rowOf ? `${headings()}\n` : ''
        for await (const batch of table.dump(filter).batches()) {
          await print(head + batch.map((flow) => `${line(flow)}\n`).join(''))
          head = ''
        }
        await print(head)
      }),
    )
}

interface WatchOptions extends FilterOptions {
  readonly json?: boolean
}

function watchCommand(): Command {
  return addFilters(new Command('watch').description('a live view on a terminal; in a pipe one JSON object per change'))
    .option('--json', 'JSON on a terminal, too')
    .action(({ json, ...options }: WatchOptions) =>
      withTable(async (table) => {
        const view = process.stdout.isTTY && !json ? new LiveView() : undefined
        const signal = interrupted()
        try {
          for await (const change of table.watch(filterOf(options), { signal })) {
            if (!view) await print(`${JSON.stringify(change)}\n`)
            else if (change.kind === 'removed') view.delete(flowKey(change.flow))
            else if ('flow' in change) view.set(flowKey(change.flow), change.flow)
          }
        } catch (error) {
          if (!signal.aborted) throw error
        } finally {
          view?.close()
        }
      }),
    )
}

/** The arguments that name one connection. */
function addTuple(command: Command): Command {
  return command
    .argument('<protocol>', 'tcp, udp, icmp, … or a number')
    .argument('<source>', 'address:port, [address]:port, or an address alone')
    .argument('<destination>', 'the same')
    .option('--icmp <type/code/id>', 'in place of ports', icmpOf)
    .option('--zone <number>', 'zone', whole(0, 0xffff))
}

function getCommand(): Command {
  return addTuple(new Command('get').description('one connection, by either direction'))
    .addOption(format())
    .option('--json', 'as JSON: --format json')
    .action((protocol: string, source: string, destination: string, options: TupleOptions & ListOptions) =>
      withTable(async (table) => {
        const flow = await table.get(tupleOf(protocol, source, destination, options))
        if (flow === undefined) throw new UserError(`there is no connection ${protocol} ${source} > ${destination}`)
        const line = lineOf[options.json ? 'json' : options.format]
        if (line === rowOf) await print(`${headings()}\n`)
        await print(`${line(flow)}\n`)
      }),
    )
}

function deleteCommand(): Command {
  return addTuple(new Command('delete').description('remove one connection, by either direction')).action(
    (protocol: string, source: string, destination: string, options: TupleOptions) =>
      withTable(async (table) => {
        const flow = await table.get(tupleOf(protocol, source, destination, options))
        if (flow === undefined) throw new UserError(`there is no connection ${protocol} ${source} > ${destination}`)
        await table.delete(flow)
        await print('1 connection deleted\n')
      }),
  )
}

interface FlushOptions extends FilterOptions {
  readonly everything?: boolean
}

function flushCommand(): Command {
  return addFilters(new Command('flush').description('remove all connections that match'))
    .option('--everything', 'remove all there are')
    .action(({ everything, ...options }: FlushOptions) =>
      withTable(async (table) => {
        const filter = filterOf(options)
        const isFiltered = Object.keys(filter).length > 0
        if (isFiltered === Boolean(everything)) {
          throw new UserError('flush removes what matches: name a filter, or say --everything, and not both')
        }
        const deleted = await table.flush(isFiltered ? filter : undefined)
        await print(deleted === undefined ? 'all matching connections deleted\n' : `${deleted} connections deleted\n`)
      }),
    )
}

function statsCommand(): Command {
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
