/** Unsigned 32-bit numbers that look random and are always the same for one seed. */
export type Random = () => number

/** A generator of Weyl numbers with a mixing step: plenty for identifiers and the order of faults. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
}
