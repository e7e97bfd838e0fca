import { saveLine } from '@nfkit/conntrack'
import { type Flow, formatFlow } from '@nfkit/netlink-codec'
import { Option } from 'commander'
import { headings, rowOf } from './columns.ts'

/** How flows are printed. */
export type Format = 'columns' | 'conntrack' | 'save' | 'json'

/** A flow in one line. */
export const lineOf: { readonly [format in Format]: (flow: Flow) => string } = {
  columns: rowOf,
  conntrack: formatFlow,
  save: saveLine,
  json: (flow) => JSON.stringify(flow),
}

export const formatOption = () =>
  new Option('--format <format>', 'columns; conntrack: as conntrack -L; save: as conntrack -o save; json')
    .choices(Object.keys(lineOf))
    .default('columns')

/** What goes above the lines. */
export const headOf = (format: Format): string => (format === 'columns' ? `${headings()}\n` : '')
