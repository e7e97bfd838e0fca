import { Random } from '../random.mjs'
import { clusterProgram } from './cluster.mjs'
import { commandProgram } from './command.mjs'
import { poolProgram } from './pool.mjs'
import { queueProgram } from './queue.mjs'
import { tableProgram } from './table.mjs'

/** Kinds of programs that run in each world, with how often. */
const kinds = {
  simulator: { queue: 8, table: 2 },
  kernel: { queue: 12, starved: 1, pool: 4, cluster: 1, table: 2, command: 1 },
}

/** `(random, first)`: a program that may use queues from `first` to `first + 3`. */
const makers = {
  queue: queueProgram,
  pool: poolProgram,
  cluster: clusterProgram,
  table: tableProgram,
  command: commandProgram,
  starved: starvedProgram,
}

/** Descriptors of a starved process: enough to start. */
const limits = { nofile: 90 }

/** A program about queues in a process that has little, and now and then nothing left. */
function starvedProgram(random, first) {
  const program = queueProgram(random, first)
  const steps = program.steps.flatMap((step) => {
    const starve = {
      do: 'starve',
      queue: step.queue,
      what: random.pick(['memory', 'descriptors']),
      milliseconds: random.pick([20, 150]),
    }
    return random.chance(0.4) ? [starve, step] : [step]
  })
  return { ...program, steps, limits }
}

/** The program with this index: the same for the same seed. */
export function programOf({ world, seed, index, kind }) {
  const random = new Random(seed, index)
  const chosen = kind ?? random.weighted(kinds[world])
  // Each program has numbers of its own, so that it never meets what the last one left.
  return makers[chosen](random, 1 + ((index * 4) % 40))
}
