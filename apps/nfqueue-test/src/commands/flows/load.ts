import { type NewFlow, parseSaveLine } from '@nfkit/conntrack'
import { Command } from 'commander'
import { jsonOption } from '../../cli/json-option.ts'
import { nameOf, readText } from '../../file/text.ts'
import { withTable } from '../../flows/table.ts'
import { sentenceOf, UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'

/** `nfqueue-test flows load`. */
export function loadCommand(): Command {
  return new Command('load')
    .description('make the connections of a file that flows --format save or conntrack -o save wrote')
    .argument('<file>', '- is standard input')
    .addOption(jsonOption('counts', 'how many as a JSON object'))
    .action(async (file: string, { json }: { json?: boolean }) => {
      const saved = linesOf(await readText(file))
      // All are read before the first is made: a file that is wrong changes nothing.
      const flows = saved.map(([number, line]) => [number, flowOf(file, number, line)] as const)
      await withTable(async (table) => {
        for (const [number, flow] of flows)
          await table.create(flow, { onExisting: 'update' }).catch((error) => {
            throw new UserError(`${nameOf(file)}, line ${number}: ${sentenceOf(error)}`)
          })
        await print(json ? jsonLine({ loaded: flows.length }) : `${counted(flows.length, 'connection')} loaded\n`)
      })
    })
}

/** Lines that say something, with their numbers. */
const linesOf = (saved: string): [number: number, line: string][] =>
  saved.split('\n').flatMap((line, at) => (/^\s*(#.*)?$/.test(line) ? [] : [[at + 1, line]]))

function flowOf(file: string, number: number, line: string): NewFlow {
  try {
    return parseSaveLine(line)
  } catch (error) {
    throw new UserError(`${nameOf(file)}, line ${number}: ${sentenceOf(error)}`)
  }
}
