import type { ConntrackTable, FlowFilter } from '@nfkit/conntrack'
import type { MarkBits } from '../marks.ts'

/** Changes the marks of connections that are there. One that ends meanwhile needs none, and is not counted. Rejects as `ConntrackTable.update` does. */
export class Sweep {
  readonly #table: ConntrackTable
  readonly #marks: MarkBits

  constructor(table: ConntrackTable, marks: MarkBits) {
    this.#table = table
    this.#marks = marks
  }

  /** Take away all that an earlier run has left. Resolves to how many connections had something. */
  all(): Promise<number> {
    return this.#change({ where: ({ mark = 0 }) => (mark & this.#marks.mask) !== 0 }, 0)
  }

  /** Connections that were judged under the epoch with this number are to be judged again. Resolves to how many there were. */
  epoch(number: number): Promise<number> {
    return this.#change({ where: ({ mark = 0 }) => this.#marks.epochOf(mark) === number }, this.#marks.open)
  }

  /** The same of those that a filter matches, whatever their epoch. */
  matching({ where, ...filter }: FlowFilter): Promise<number> {
    const { verdictMask, open } = this.#marks
    return this.#change(
      { ...filter, where: (flow) => ((flow.mark ?? 0) & verdictMask) !== 0 && (where?.(flow) ?? true) },
      open,
    )
  }

  #change(filter: FlowFilter, value: number): Promise<number> {
    return this.#table.update(filter, { mark: { value, mask: this.#marks.mask } })
  }
}
