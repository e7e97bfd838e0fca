/** Counters that lie in one row. */
const inRow = 1_024

/** Packets, and their bytes: two numbers of a row, at a place and behind it. */
export class Tally {
  readonly row: Float64Array
  readonly at: number

  constructor(row: Float64Array, at: number) {
    this.row = row
    this.at = at
  }
}

/** One packet more in the counter at a place of a row. */
export function countIn(row: Float64Array, at: number, bytes: number): void {
  row[at]!++
  row[at + 1]! += bytes
}

let row = new Float64Array(0)
let used = 0

/**
 * A counter. Those that are made one after the other, as those of a chain are, lie side by side: a thousand objects, each with two numbers of its own, are
 * more than the processor's nearest caches hold.
 */
export function newTally(): Tally {
  if (used === row.length) {
    row = new Float64Array(2 * inRow)
    used = 0
  }
  used += 2
  return new Tally(row, used - 2)
}
