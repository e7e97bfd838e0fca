import type { Packet } from '../../packet.ts'
import type { Profile } from '../../profile.ts'
import type { Timeouts } from '../objects/default-timeouts.ts'
import type { Settings } from '../objects/settings.ts'
import type { Connection } from '../table/connection.ts'

/** A packet of a connection, and what protocols look at besides. */
export interface Passage {
  readonly packet: Packet
  readonly connection: Connection
  /** It goes in the reply direction. */
  readonly reply: boolean
  readonly settings: Settings
  readonly profile: Profile
  readonly timeouts: Timeouts
  /** Milliseconds. */
  readonly uptime: number
}

/**
 * What a protocol says of a packet: it is `invalid`, and passes as such or is `dropped`; it passes and is `ignored`; the connection is over and the packet is looked at
 * `again`; the packet `ends` the connection; or it keeps it alive for some seconds.
 */
export type Effect = 'invalid' | 'dropped' | 'ignored' | 'again' | 'ends' | Advance

export interface Advance {
  /** Absent, it lives no longer by this packet, which does not count. */
  readonly seconds?: number
  /** The connection is not given up when room is short. */
  readonly assures?: boolean
  /** Its state changed. */
  readonly changes?: boolean
}

export type Protocol = (passage: Passage) => Effect
