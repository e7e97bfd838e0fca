import { counted } from '../text/count.ts'

/** Reasons that are told by name; records left out for other reasons are only counted. */
const mostReasons = 20

/** Records of a capture that could not be used, by reason. The capture's author does not choose how much is kept of them. */
export class LeftOut {
  readonly #counts = new Map<string, number>()
  #others = 0
  total = 0

  add(reason: string): void {
    this.total++
    const count = this.#counts.get(reason)
    if (count === undefined && this.#counts.size >= mostReasons) this.#others++
    else this.#counts.set(reason, (count ?? 0) + 1)
  }

  /** `2 × an ARP message, not IP; 1 × …`. */
  get reasons(): string {
    const named = Array.from(this.#counts, ([reason, count]) => `${count} × ${reason}`)
    return [...named, ...(this.#others > 0 ? [`${this.#others} × something else`] : [])].join('; ')
  }

  /** `1 record is`, `2 records are`. */
  get subject(): string {
    return counted(this.total, 'record is', 'records are')
  }
}
