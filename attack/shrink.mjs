/**
 * The smallest program found that still does something; `shows(program)` resolves to whether one does, and `smaller(program)` gives all that
 * are one piece smaller. `patience` is how many are tried at most. After a success it goes on from the same place: what was tried before
 * that is tried again only in the next round.
 */
export async function shrink(program, smaller, shows, patience = 150) {
  let smallest = program
  let candidates = [...smaller(smallest)]
  for (let at = 0, failures = 0, left = patience; failures < candidates.length && left > 0; left--) {
    const candidate = candidates[at % candidates.length]
    if (await shows(candidate)) {
      smallest = candidate
      candidates = [...smaller(smallest)]
      failures = 0
    } else {
      at++
      failures++
    }
  }
  return smallest
}
