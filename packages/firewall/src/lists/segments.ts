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

/** Addresses from one to another. */
export type Range = Pick<Segment, 'from' | 'to'>

/** What a list has become, and what is another thing now. */
export interface SegmentsChanged extends SegmentChange {
  readonly segments: Segments
}

/** How many there may be before those whose time is over are looked for. */
const few = 1_024

/**
 * Addresses that are listed, as segments that do not overlap, however the networks did: the kernel's sets take no others. What several networks
 * cover is listed as long as the longest of them. A change is gone through once, however many ranges it has.
 */
export class Segments {
  /** All of them, ascending. */
  readonly all: readonly Segment[]
  readonly #many: number

  /** Of segments that ascend and do not overlap. */
  constructor(all: readonly Segment[] = [], many = few) {
    this.all = all
    this.#many = many
  }

  /** List addresses, for as long as they are not listed longer. */
  add(ranges: readonly Range[], until: number, now: number): SegmentsChanged {
    return this.#change(ranges, now, (old) => Math.max(old.until, until), until)
  }

  /** List addresses no more. */
  remove(ranges: readonly Range[], now: number): SegmentsChanged {
    return this.#change(ranges, now, () => 0, 0)
  }

  #change(ranges: readonly Range[], now: number, inside: (old: Segment) => number, gap: number): SegmentsChanged {
    const { all, many } = this.#purged(now)
    const changed = united(ranges)
    const start = firstWhere(all, ({ to }) => to >= changed[0]!.from)
    const end = firstWhere(all, ({ from }) => from > changed.at(-1)!.to)
    const met = all.slice(start, end)
    const living = met.filter(({ until }) => until > now)
    const cut = pieces(living, changed, inside, gap)
    const [before, after] = [keys(met), keys(cut)]
    return {
      segments: new Segments([...all.slice(0, start), ...cut, ...all.slice(end)], many),
      removed: met.filter((one) => !after.has(keyOf(one))),
      added: cut.filter((one) => !before.has(keyOf(one))),
    }
  }

  /** Without those whose time is over, whenever there are twice as many as were left before. */
  #purged(now: number): { readonly all: readonly Segment[]; readonly many: number } {
    if (this.all.length < this.#many) return { all: this.all, many: this.#many }
    const all = this.all.filter(({ until }) => until > now)
    return { all, many: Math.max(few, 2 * all.length) }
  }
}

/** The place of the first segment for which it holds: it holds for all behind it. */
function firstWhere(all: readonly Segment[], holds: (one: Segment) => boolean): number {
  let [low, high] = [0, all.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(all[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

/** The same addresses in ranges that ascend and do not overlap; neighbours stay apart. */
function united(ranges: readonly Range[]): readonly Range[] {
  const out: Range[] = []
  for (const one of ranges.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = out.at(-1)
    if (last === undefined || last.to < one.from) out.push(one)
    else if (last.to < one.to) out[out.length - 1] = { from: last.from, to: one.to }
  }
  return out
}

/** What becomes of segments, and of the gaps between them, where ranges meet them. */
function pieces(
  segments: readonly Segment[],
  ranges: readonly Range[],
  inside: (old: Segment) => number,
  gap: number,
): Segment[] {
  const out = new Pieces()
  let [i, k] = [0, 0]
  let [old, range] = [segments[i], ranges[k]]
  while (old !== undefined || range !== undefined) {
    if (old === undefined || (range !== undefined && range.to < old.from)) {
      out.add(range!.from, range!.to, gap, undefined, k)
      range = ranges[++k]
    } else if (range === undefined || old.to < range.from) {
      out.add(old.from, old.to, old.until, i, undefined)
      old = segments[++i]
    } else if (old.from < range.from) {
      out.add(old.from, range.from - 1n, old.until, i, undefined)
      old = { ...old, from: range.from }
    } else if (range.from < old.from) {
      out.add(range.from, old.from - 1n, gap, undefined, k)
      range = { from: old.from, to: range.to }
    } else {
      const isOldFirst: boolean = old.to < range.to
      const isBoth: boolean = old.to === range.to
      const to: bigint = isOldFirst ? old.to : range.to
      out.add(old.from, to, inside(old), i, k)
      old = isOldFirst || isBoth ? segments[++i] : { ...old, from: to + 1n }
      range = isOldFirst ? { from: to + 1n, to: range.to } : ranges[++k]
    }
  }
  return out.all
}

/** Pieces that live, ascending. Neighbours of one segment or of one range that end at the same time are one; others stay apart. */
class Pieces {
  readonly all: Segment[] = []
  #segment: number | undefined
  #range: number | undefined

  add(from: bigint, to: bigint, until: number, segment: number | undefined, range: number | undefined): void {
    if (until === 0) return
    const last = this.all.at(-1)
    const isOfLast =
      (segment !== undefined && segment === this.#segment) || (range !== undefined && range === this.#range)
    if (last && isOfLast && last.to + 1n === from && last.until === until)
      this.all[this.all.length - 1] = { ...last, to }
    else this.all.push({ from, to, until })
    this.#segment = segment
    this.#range = range
  }
}

/** The same for segments that are the same. */
const keyOf = ({ from, to, until }: Segment): string => `${from}-${to} ${until}`
const keys = (all: readonly Segment[]): Set<string> => new Set(all.map(keyOf))
