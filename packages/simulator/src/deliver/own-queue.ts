import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { HookFunction } from '../hooks/journey.ts'
import { hookPriority } from '../hooks/priority.ts'

/** Ahead of the chains of the table `filter`, whichever is younger. */
const beforeChains = 0.5

/** Where `deliver` itself hands a packet to a queue. */
export const ownQueue: HookFunction = {
  name: 'deliver',
  priority: hookPriority.filter - beforeChains,
  run: ({ ownVerdict, point, route }) => (ownVerdict !== 0 && point === route.named ? ownVerdict : verdicts.accept),
}
