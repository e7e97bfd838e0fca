/** Addresses from one to another, as numbers, and until when they are listed, on a clock of milliseconds. */
export interface Segment {
  readonly from: bigint
  readonly to: bigint
  /** `Infinity` for ever. */
  readonly until: number
}

/** What changes in a list of segments that never overlap. */
export interface SegmentChange {
  /** Segments whose time is over may be among them: the kernel has these no more, or not for long. */
  readonly removed: readonly Segment[]
  readonly added: readonly Segment[]
}

/** How many there may be before those whose time is over are looked for. */
const few = 1_024

/**
 * Addresses that are listed, as segments that do not overlap, however the networks did: the kernel's sets take no others. What several networks
 * cover is listed as long as the longest of them.
 */
export class Segments {
  #all: Segment[]
  #many: number

  /** Of segments that ascend and do not overlap. */
  constructor(all: readonly Segment[] = [], many = few) {
    this.#all = all.slice()
    this.#many = many
  }

  /** All of them, ascending. */
  get all(): readonly Segment[] {
    return this.#all
  }

  /** The same, which changes by itself. */
  copy(): Segments {
    return new Segments(this.#all, this.#many)
  }

  /** List addresses, for as long as they are not listed longer. */
  add(added: Segment, now: number): SegmentChange {
    return this.#change(added, now, ({ until }) => Math.max(until, added.until), added.until)
  }

  /** List addresses no more. */
  remove(region: Pick<Segment, 'from' | 'to'>, now: number): SegmentChange {
    return this.#change({ ...region, until: 0 }, now, () => 0, 0)
  }

  #change(region: Segment, now: number, inside: (old: Segment) => number, gap: number): SegmentChange {
    this.#purge(now)
    const start = this.#firstWhere(({ to }) => to >= region.from)
    const end = this.#firstWhere(({ from }) => from > region.to)
    const met = this.#all.slice(start, end)
    const living = met.filter(({ until }) => until > now)
    const cut = joined(pieces(living, region, inside, gap).filter(({ until }) => until > now))
    this.#all.splice(start, end - start, ...cut)
    const [before, after] = [keys(living), keys(cut)]
    return { removed: met.filter((one) => !after.has(keyOf(one))), added: cut.filter((one) => !before.has(keyOf(one))) }
  }

  /** The place of the first segment for which it holds: it holds for all behind it. */
  #firstWhere(holds: (one: Segment) => boolean): number {
    let [low, high] = [0, this.#all.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (holds(this.#all[middle]!)) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Forget those whose time is over, whenever there are twice as many as were left before. */
  #purge(now: number): void {
    if (this.#all.length < this.#many) return
    this.#all = this.#all.filter(({ until }) => until > now)
    this.#many = Math.max(few, 2 * this.#all.length)
  }
}

/** What becomes of the segments that a region meets, and of the gaps between them. */
function pieces(
  met: readonly Segment[],
  { from, to }: Segment,
  inside: (old: Segment) => number,
  gap: number,
): Segment[] {
  const out: Segment[] = []
  let next = from
  for (const old of met) {
    if (old.from < from) out.push({ ...old, to: from - 1n })
    if (old.from > next) out.push({ from: next, to: old.from - 1n, until: gap })
    const [start, end] = [old.from > from ? old.from : from, old.to < to ? old.to : to]
    out.push({ from: start, to: end, until: inside(old) })
    if (old.to > to) out.push({ ...old, from: to + 1n })
    next = end + 1n
  }
  if (next <= to) out.push({ from: next, to, until: gap })
  return out
}

/** Neighbours that end at the same time are one. */
function joined(all: readonly Segment[]): Segment[] {
  const out: Segment[] = []
  for (const one of all) {
    const last = out.at(-1)
    if (last && last.to + 1n === one.from && last.until === one.until) out[out.length - 1] = { ...last, to: one.to }
    else out.push(one)
  }
  return out
}

/** The same for segments that are the same. */
export const keyOf = ({ from, to, until }: Segment): string => `${from}-${to} ${until}`
const keys = (all: readonly Segment[]): Set<string> => new Set(all.map(keyOf))
