import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type NewFlow, parseSaveLine } from '@nfkit/conntrack'
import { Command } from 'commander'
import { withTable } from '../../flows/table.ts'
import { sentenceOf, UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'

/** `nfqueue-test flows load`. */
export function loadCommand(): Command {
  return new Command('load')
    .description('make the connections of a file that flows --format save or conntrack -o save wrote')
    .argument('<file>', '- is standard input')
    .action(async (file: string) => {
      const saved = linesOf(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'))
      // All are read before the first is made: a file that is wrong changes nothing.
      const flows = saved.map(([number, line]) => [number, flowOf(file, number, line)] as const)
      await withTable(async (table) => {
        for (const [number, flow] of flows)
          await table.create(flow, { onExisting: 'update' }).catch((error) => {
            throw new UserError(`${file}, line ${number}: ${sentenceOf(error)}`)
          })
        await print(`${flows.length === 1 ? '1 connection' : `${flows.length} connections`} loaded\n`)
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
    throw new UserError(`${file}, line ${number}: ${sentenceOf(error)}`)
  }
}
