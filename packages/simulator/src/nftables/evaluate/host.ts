import type { Clock } from '../../clock.ts'
import type { Interfaces } from '../../interfaces.ts'
import type { Random } from '../../random.ts'
import type { RuleHost } from '../../rules/chain.ts'

/** What expressions need of the rest of the kernel. */
export interface EvaluateHost extends RuleHost {
  readonly clock: Clock
  readonly random: Random
  readonly interfaces: Interfaces
  /** Tell everybody who listens to a group. */
  multicast(group: number, message: Uint8Array): void
}
