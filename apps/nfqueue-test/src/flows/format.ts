import { saveLine } from '@nfkit/conntrack'
import { type Flow, type FlowLine, formatFlow } from '@nfkit/netlink-codec/conntrack'
import { InvalidArgumentError, Option } from 'commander'
import { Table } from '../terminal/screen/table.ts'
import { jsonLine } from '../text/json.ts'
import { labelName } from './label.ts'
import { flowColumns } from './view/columns.ts'

/** How flows are printed. */
const formats = ['columns', 'conntrack', 'save', 'json'] as const
export type Format = (typeof formats)[number]

/** What conntrack's own lines can have besides. */
const parts = ['extended', 'id', 'labels', 'ktimestamp'] as const
export type Part = (typeof parts)[number]

export interface FormatOptions {
  readonly format: Format
  readonly json?: boolean | undefined
  readonly output?: readonly (Part | 'save')[] | undefined
}

export const formatOption = () =>
  new Option('--format <format>', 'columns; conntrack: as conntrack -L; save: as conntrack -o save; json')
    .choices(formats)
    .default('columns')

/** The option `-o` of conntrack, with these words. Throws what becomes one sentence on stderr. */
export const outputOption = (words: readonly string[] = ['save', ...parts]) =>
  new Option('-o, --output <parts>', `conntrack's own lines, with ${words.join(', ')}`).argParser((text) => {
    const unknown = text.split(',').find((word) => !words.includes(word))
    if (unknown === 'xml' || unknown === 'json') throw new InvalidArgumentError('There is --json for programs.')
    if (unknown !== undefined) throw new InvalidArgumentError(`It must be some of ${words.join(', ')}, with commas.`)
    return text.split(',')
  })

/** A line with these parts. */
export const lineWith = (output: readonly string[] = []): FlowLine => ({
  extended: output.includes('extended'),
  id: output.includes('id'),
  labels: output.includes('labels') ? labelName : undefined,
  times: output.includes('ktimestamp'),
})

/** A printer of flows: returns the text of some more of them. Columns have a heading above the first, even when there are none. */
export function printer({ format, json, output }: FormatOptions): (flows: readonly Flow[]) => string {
  if (json || format === 'json') return lines((flow) => jsonLine(flow).trimEnd())
  if (format === 'save' || output?.includes('save')) return lines(saveLine)
  if (format === 'conntrack' || output) return lines((flow) => formatFlow(flow, lineWith(output)))
  const table = new Table(flowColumns)
  let headed = false
  return (flows) => {
    const rows = table.rows(flows.map((flow) => ({ flow, age: 0 })))
    const text = headed ? rows : [table.headings(), ...rows]
    headed = true
    return text.map((line) => `${line}\n`).join('')
  }
}

const lines = (lineOf: (flow: Flow) => string) => (flows: readonly Flow[]) =>
  flows.map((flow) => `${lineOf(flow)}\n`).join('')
