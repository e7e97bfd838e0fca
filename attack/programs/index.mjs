import { Random } from '../random.mjs'
import { queueProgram } from './queue.mjs'

/** Kinds of programs by world, with how often; each makes a program from numbers and the queue it may begin with. */
const kinds = {
  simulator: { queue: 1 },
  kernel: { queue: 1 },
}
const makers = { queue: queueProgram }

/** The program with this index: the same for the same seed. */
export function programOf({ world, seed, index, kind }) {
  const random = new Random(seed, index)
  const chosen = kind ?? random.weighted(kinds[world])
  // Each program has numbers of its own, so that it never meets what the last one left.
  return makers[chosen](random, 1 + ((index * 4) % 40))
}
