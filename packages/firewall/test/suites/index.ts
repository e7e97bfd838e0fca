import { epochs } from './epochs.ts'
import { handover } from './handover.ts'
import { judging } from './judging.ts'
import { lists } from './lists.ts'
import { names } from './names.ts'
import { policy } from './policy.ts'
import { said } from './said.ts'
import { seen } from './seen.ts'
import { sharing } from './sharing.ts'
import { traps } from './traps.ts'
import type { World } from './world.ts'

/** What a firewall promises, on every kernel. */
export const suites: readonly ((world: World) => void)[] = [
  ...[judging, policy, epochs, handover, said],
  ...[lists, names, seen, sharing, traps],
]
