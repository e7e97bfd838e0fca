/** What became of bytes that were put to those that are there. */
export type Put = 'put' | 'again' | 'overlap'

interface Run {
  readonly from: number
  to: number
}

/** Which bytes of a datagram are there, in runs (inet_frag_queue_insert, net/ipv4/inet_fragment.c). */
export class Runs {
  /** From the first to the last. A piece becomes part of the last one or a run of its own: no two are joined. */
  readonly #runs: Run[] = []

  put(from: number, to: number): Put {
    const last = this.#runs.at(-1)
    if (last && last.to >= to) return this.#before(from, to)
    if (last && from < last.to) return 'overlap'
    if (last && from === last.to) last.to = to
    else this.#runs.push({ from, to })
    return 'put'
  }

  #before(from: number, to: number): Put {
    const next = this.#runs.findIndex((run) => from < run.to)
    const run = this.#runs[next]!
    if (from >= run.from && to <= run.to) return 'again'
    if (run.from < to) return 'overlap'
    this.#runs.splice(next, 0, { from, to })
    return 'put'
  }
}
