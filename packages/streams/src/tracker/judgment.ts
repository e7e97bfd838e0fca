import { type Fate, fates } from '../fate.ts'
import type { StreamPacket } from '../packet.ts'
import type { Counts } from './counts.ts'

/** What becomes of the packets of a connection that has its verdict. */
export const settled = { accept: 'unfollowed', drop: 'refused', unjudged: 'gaveUp' } as const

/** Judge a packet as its fate says, as it is; one that is left to the queue is only counted. */
export function judge(packet: StreamPacket, { packets }: Counts, fate: Fate): undefined {
  packets[fate]++
  const { verdict } = fates[fate]
  if (verdict === 'accept') packet.accept()
  else if (verdict === 'drop') packet.drop()
  return undefined
}
