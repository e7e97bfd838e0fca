import { keyOf, mirror, type Tuple } from '@nfkit/inet'

/** A string that both directions of a connection share, where no address is translated between them. Opaque, compare only. */
export function keyOfEnds(tuple: Tuple): string {
  const there = keyOf(tuple)
  const answer = mirror(tuple)
  if (answer === undefined) return there
  const back = keyOf(answer)
  if (there < back) return there
  return back
}
