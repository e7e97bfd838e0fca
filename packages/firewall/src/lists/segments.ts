/** Addresses from one to another, as numbers, and until when they are listed, on a clock of milliseconds. */
export interface Segment {
  readonly from: bigint
  readonly to: bigint
  /** `Infinity` for ever. */
  readonly until: number
}

/** What changes in a list of segments that never overlap. */
export interface SegmentChange {
  readonly removed: readonly Segment[]
  readonly added: readonly Segment[]
}

/**
 * Addresses that are listed, as segments that do not overlap, however the networks did: the kernel's sets take no others. What several networks
 * cover is listed as long as the longest of them.
 */
export class Segments {
  #all: readonly Segment[] = []

  /** All of them, ascending. */
  get all(): readonly Segment[] {
    return this.#all
  }

  /** List addresses, for as long as they are not listed longer. */
  add(added: Segment, now: number): SegmentChange {
    return this.#change(added, now, ({ until }) => Math.max(until, added.until), added.until)
  }

  /** List addresses no more. */
  remove(region: Pick<Segment, 'from' | 'to'>, now: number): SegmentChange {
    return this.#change({ ...region, until: 0 }, now, () => 0, 0)
  }

  /** Those whose time is over are not there, and the kernel has them no more. */
  #change(region: Segment, now: number, inside: (old: Segment) => number, gap: number): SegmentChange {
    const living = this.#all.filter(({ until }) => until > now)
    const met = living.filter(({ from, to }) => from <= region.to && to >= region.from)
    const cut = joined(pieces(met, region, inside, gap).filter(({ until }) => until > now))
    this.#all = [...living.filter((one) => !met.includes(one)), ...cut].toSorted(ascending)
    const [before, after] = [keys(met), keys(cut)]
    return { removed: met.filter((one) => !after.has(keyOf(one))), added: cut.filter((one) => !before.has(keyOf(one))) }
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

const ascending = (a: Segment, b: Segment): number => (a.from < b.from ? -1 : 1)
const keyOf = ({ from, to, until }: Segment): string => `${from}-${to} ${until}`
const keys = (all: readonly Segment[]): Set<string> => new Set(all.map(keyOf))
