import { faint, strong } from '../text/style.ts'
import { cut, widthOf } from '../text/width.ts'

/** A column of a table. */
export interface Column<Row> {
  readonly heading: string
  readonly show: (row: Row) => string
  readonly paint?: (text: string, row: Row) => string
  /** Columns of the terminal below which it says nothing: where there is no room for as many it is left out. By default it is never cut. */
  readonly least?: number
  /** Where there is no room for all, those with the highest number are left out first, and cut first; 0 by default. */
  readonly rank?: number
}

/** Rows as lines that are aligned with each other: each column is as wide as what was shown in it so far, and all as wide as the terminal at most. */
export class Table<Row> {
  readonly #columns: readonly Column<Row>[]
  readonly #widths: number[]
  readonly #room: number

  /** `room`: columns of the terminal; without it nothing is left out or cut. */
  constructor(columns: readonly Column<Row>[], room = Number.POSITIVE_INFINITY) {
    this.#columns = columns
    this.#widths = columns.map(({ heading }) => widthOf(heading))
    this.#room = room
  }

  rows(rows: readonly Row[]): string[] {
    const cells = rows.map((row) => this.#columns.map(({ show }) => show(row)))
    for (const row of cells)
      for (const [i, cell] of row.entries()) this.#widths[i] = Math.max(this.#widths[i]!, widthOf(cell))
    const widths = fitted(this.#columns, this.#widths, this.#room)
    return cells.map((row, i) => line(row, widths, (text, at) => this.#columns[at]!.paint?.(text, rows[i]!) ?? text))
  }

  /** The line above rows that were made; a mark at its end where columns are left out. */
  headings(): string {
    const widths = fitted(this.#columns, this.#widths, this.#room)
    const headings = this.#columns.map(({ heading }) => heading)
    const text = line(headings, widths, strong)
    return widths.includes(0) ? `${text}${faint(mark)}` : text
  }
}

const mark = ' …'

/** How wide each column is; 0 where it is left out. */
function fitted<Row>(columns: readonly Column<Row>[], wanted: readonly number[], room: number): number[] {
  const leastOf = (i: number) => Math.min(wanted[i]!, columns[i]!.least ?? wanted[i]!)
  const order = [...columns.keys()].sort((a, b) => (columns[a]!.rank ?? 0) - (columns[b]!.rank ?? 0))
  const needed = (some: readonly number[]) => some.reduce((sum, i) => sum + leastOf(i) + 1, -1)
  const isAll = needed(order) <= room
  let kept = order.length
  while (!isAll && kept > 1 && needed(order.slice(0, kept)) + mark.length > room) kept--
  const shown = order.slice(0, kept)
  const widths = columns.map(() => 0)
  let spare = room - needed(shown) - (isAll ? 0 : mark.length)
  for (const i of shown) {
    const more = Math.max(0, Math.min(spare, wanted[i]! - leastOf(i)))
    widths[i] = Math.max(1, Math.min(leastOf(i) + more, room))
    spare -= more
  }
  return widths
}

/** Cells in their widths; behind the last one that says something there is nothing. */
function line(
  cells: readonly string[],
  widths: readonly number[],
  paint: (text: string, at: number) => string,
): string {
  const shown = cells.flatMap((cell, i) => (widths[i] === 0 ? [] : [{ cell, i }]))
  const last = shown.findLastIndex(({ cell }) => cell !== '')
  return shown
    .slice(0, last + 1)
    .map(({ cell, i }, at) => {
      const text = cut(cell, widths[i]!)
      return paint(text, i) + (at === last ? '' : ' '.repeat(Math.max(0, widths[i]! - widthOf(text))))
    })
    .join(' ')
}
