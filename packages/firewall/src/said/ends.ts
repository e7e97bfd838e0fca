import { keyOf, mirror, type Tuple } from '@nfkit/inet'

/** A string that both directions of a connection share, where no address is translated between them. Opaque, compare only. */
export function keyOfEnds(tuple: Tuple): string {
  const { source, destination, icmp } = tuple
  // It is the lesser of two keys. Where addresses differ, as packets have them, they tell which one that is before both are made.
  if (icmp === undefined && source.address < destination.address) return keyOf(tuple)
  const answer = mirror(tuple)
  if (answer === undefined) return keyOf(tuple)
  if (icmp === undefined && source.address > destination.address) return keyOf(answer)
  return lesser(keyOf(tuple), keyOf(answer))
}

function lesser(one: string, other: string): string {
  if (one < other) return one
  return other
}
