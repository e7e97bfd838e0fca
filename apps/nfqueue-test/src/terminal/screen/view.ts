import { faint } from '../../text/style.ts'
import { wrapped } from '../../text/width.ts'
import type { Size } from './screen.ts'
import { type Column, Table } from './table.ts'

/** A live view: what it is of, what can be done, and a table of what comes first. */
export interface View<Row> {
  /** Parts of a sentence. */
  readonly about: readonly string[]
  readonly keys: readonly string[]
  readonly columns: readonly Column<Row>[]
  /** So many rows, or fewer. */
  readonly first: (count: number) => readonly Row[]
}

/** The view as lines that fit. */
export function viewLines<Row>({ about, keys, columns, first }: View<Row>, size: Size): string[] {
  const lines = [...wrapped(about, size.columns), ...wrapped(keys, size.columns).map(faint)]
  const head = lines.slice(0, Math.max(size.rows - 3, 1))
  const table = new Table(columns, size.columns)
  const rows = table.rows(first(Math.max(size.rows - head.length - 1, 1)))
  return [...head, table.headings(), ...rows]
}
