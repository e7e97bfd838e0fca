/** How two lists differ, as far as the second can be made of the first. */
export interface Sequence {
  /** For each entry of the second list, the place in the first of what it can stay; `undefined` for what is new. */
  readonly kept: readonly (number | undefined)[]
}

/** Above so many comparisons the middle of the lists is made anew. */
const mostWork = 4_000_000

/** Returns what of a list can stay where it is to make it another one: as much as possible (longest common subsequence). */
export function commonSequence(from: readonly string[], to: readonly string[]): Sequence {
  let start = 0
  while (start < from.length && start < to.length && from[start] === to[start]) start++
  let end = 0
  while (end < from.length - start && end < to.length - start && from.at(-1 - end) === to.at(-1 - end)) end++
  const middle = longest(from.slice(start, from.length - end), to.slice(start, to.length - end))
  const kept = to.map((_, i) => {
    if (i < start) return i
    if (i >= to.length - end) return from.length - (to.length - i)
    const at = middle[i - start]
    return at === undefined ? undefined : start + at
  })
  return { kept }
}

function longest(from: readonly string[], to: readonly string[]): readonly (number | undefined)[] {
  const kept = new Array<number | undefined>(to.length).fill(undefined)
  if (from.length * to.length > mostWork) return kept
  const width = to.length + 1
  const lengths = new Uint32Array((from.length + 1) * width)
  for (let i = from.length - 1; i >= 0; i--)
    for (let j = to.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        from[i] === to[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
  for (let i = 0, j = 0; i < from.length && j < to.length; ) {
    if (from[i] === to[j]) kept[j++] = i++
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++
    else j++
  }
  return kept
}
