/**
 * Which of `words` a misspelt one most likely stands for: the one that takes the fewest changes, else one that it begins. `undefined` when none
 * is near. Case does not count.
 */
export function nearest(misspelt: string, words: readonly string[]): string | undefined {
  if (misspelt.length > 60) return undefined
  let best: string | undefined
  let least = Math.max(1, Math.floor(misspelt.length / 4)) + 1
  for (const word of words) {
    const distance = edits(misspelt.toLowerCase(), word.toLowerCase())
    if (distance >= least) continue
    least = distance
    best = word
  }
  return best ?? (misspelt.length > 2 ? words.find((word) => word.startsWith(misspelt)) : undefined)
}

/** Letters to insert, leave out, replace or swap with their neighbour that make one word another (optimal string alignment). */
function edits(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const changed = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      row.push(swapped ? Math.min(changed, beforeLast[j - 2]! + 1) : changed)
    }
    beforeLast = last
    last = row
  }
  return last[to.length]!
}
