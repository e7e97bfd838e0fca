import type { Handover } from '@nfkit/nfqueue'
import type { DecisionLeft } from '../judging/memory.ts'
import type { ListsLeft } from '../listed.ts'
import type { NamesLeft } from '../names/names.ts'
import type { EpochsLeft } from '../policy/epochs.ts'
import type { MarkCheck } from '../sharing/clash.ts'

/** What a firewall has found out when it was opened, and its heirs need not: packets wait while they open. */
export interface Found {
  /** Who else uses bits of the mask. */
  readonly markCheck: MarkCheck
  /** Whether the kernel has tables that go with their owner. */
  readonly owner: boolean
}

/** What a firewall knows when it ends: plain data, which JSON carries. */
export interface Estate {
  /** What `queue.handOver` said. */
  readonly queue: Handover
  /** The same of the queue of DNS, where names are listed. */
  readonly dns?: Handover | undefined
  /** Which policy is in force, and which numbers of epochs are free. */
  readonly epochs: EpochsLeft
  /** What was decided a moment ago: packets of it may be on their way. */
  readonly decided: readonly DecisionLeft[]
  /** What is blocked and allowed by address. */
  readonly lists: ListsLeft
  /** What is blocked and allowed by name, and what was asked about it. */
  readonly names?: NamesLeft | undefined
  readonly found: Found
}
