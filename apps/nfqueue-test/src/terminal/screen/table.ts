import { faint, strong } from '../../text/style.ts'
import { cut, widthOf } from '../../text/width.ts'

/** A column of a table. */
export interface Column<Row> {
  readonly heading: string
  readonly show: (row: Row) => string
  readonly paint?: (text: string, row: Row) => string
  /** Columns of the terminal below which it says nothing: where there is no room for as many it is left out. By default it is never cut. */
  readonly least?: number
  /** Where there is no room for all, those with the highest number are left out first, and cut first: 0, the default, to 9. */
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
const mostRank = 9

/** How wide each column is; 0 where it is left out. */
function fitted<Row>(columns: readonly Column<Row>[], wanted: readonly number[], room: number): number[] {
  const least = columns.map((column, i) => Math.min(wanted[i]!, column.least ?? wanted[i]!))
  const needed = (some: readonly number[]) => some.reduce((sum, i) => sum + least[i]! + 1, -1)
  const shown = [...columns.keys()].sort((a, b) => rankOf(columns[a]!) - rankOf(columns[b]!))
  const usable = () => Math.max(1, shown.length < columns.length ? room - mark.length : room)
  while (shown.length > 1 && needed(shown) > usable()) shown.pop()
  const widths = columns.map((_, i) => (shown.includes(i) ? Math.min(least[i]!, usable()) : 0))
  for (let spare = usable() - needed(shown), rank = 0; rank <= mostRank; rank++) {
    // Those of one rank share what there is.
    let growing = shown.filter((i) => rankOf(columns[i]!) === rank)
    while (spare > 0 && growing.length > 0) {
      growing = growing.filter((i) => widths[i]! < wanted[i]!)
      for (const i of growing.slice(0, spare)) widths[i]!++
      spare -= Math.min(spare, growing.length)
    }
  }
  return widths
}

const rankOf = ({ rank = 0 }: Pick<Column<never>, 'rank'>): number => rank

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
