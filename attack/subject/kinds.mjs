import { clusterTrial } from './cluster.mjs'
import { commandTrial } from './command.mjs'
import { poolTrial } from './pool.mjs'
import { Stage } from './stage.mjs'
import { tableTrial } from './table.mjs'

/** Who runs a program, by its kind: `(program, world, trial)` resolves to how many packets it was about. */
export const kinds = {
  queue: (program, world, trial) => new Stage(program, world, trial).run(),
  pool: poolTrial,
  cluster: clusterTrial,
  table: tableTrial,
  command: commandTrial,
}
