import type { Surroundings } from '../connection/surroundings.ts'
import { Share } from '../hold/aside.ts'
import type { Counts } from './counts.ts'
import type { Settings } from './options.ts'

/** What all connections of a tracker share. */
export function surroundingsOf(settings: Settings, holds: Counts['holds']): Surroundings {
  return {
    clock: settings.clock,
    direction: {
      history: settings.historyBytes,
      waitingBytes: settings.waitingBytes,
      waitingPieces: settings.waitingPieces,
      differing: settings.differing,
    },
    hold: {
      packets: settings.holdPackets,
      bytes: settings.holdBytes,
      milliseconds: settings.holdMilliseconds,
    },
    share: new Share(settings.heldPackets),
    holds,
    backlog: settings.backlogBytes,
    synData: settings.synData,
    losses: 0,
    bytes: 0,
  }
}
