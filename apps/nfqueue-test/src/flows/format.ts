import { saveLine } from '@nfkit/conntrack'
import { type Flow, formatFlow } from '@nfkit/netlink-codec/conntrack'
import { Option } from 'commander'
import { jsonLine } from '../text/json.ts'
import { Columns } from './columns.ts'

const lineOf = {
  conntrack: (flow: Flow) => formatFlow(flow),
  save: saveLine,
  json: (flow: Flow) => jsonLine(flow).trimEnd(),
}

/** How flows are printed. */
export type Format = 'columns' | keyof typeof lineOf

export const formatOption = () =>
  new Option('--format <format>', 'columns; conntrack: as conntrack -L; save: as conntrack -o save; json')
    .choices(['columns', ...Object.keys(lineOf)])
    .default('columns')

/** A printer of flows: returns the text of some more of them. Columns have a heading above the first, even when there are none. */
export function printer(format: Format): (flows: readonly Flow[]) => string {
  if (format !== 'columns') return (flows) => flows.map((flow) => `${lineOf[format](flow)}\n`).join('')
  const columns = new Columns()
  let headed = false
  return (flows) => {
    const rows = columns.rows(flows)
    const lines = headed ? rows : [columns.headings(), ...rows]
    headed = true
    return lines.map((line) => `${line}\n`).join('')
  }
}
