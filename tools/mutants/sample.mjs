/** `count` of the list, chosen by a seed: the same of the same. */
export function sampleOf(list, count, seed) {
  const left = [...list]
  let state = seed
  // Mulberry32.
  const random = () => {
    state = (state + 0x6d2b_79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return Array.from(
    { length: Math.min(count, list.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0],
  )
}
