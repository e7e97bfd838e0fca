import { type Checks, check } from '@nfkit/netlink-transport'
import type { NetlinkDatagram } from '../netlink/netlink.ts'
import type { ReplayDifference } from './difference.ts'
import type { Comparison } from './sent/message.ts'

/** How a recorded session is replayed. */
export interface ReplayOptions {
  /**
   * What counts as the same message: `bytes` (the default), for recordings of the program under test; `meaning`, for those of other
   * programs, which order attributes in another way and ask for acknowledgements at other times.
   */
  readonly compare?: Comparison | undefined
  /** When our code does something else than was recorded: end the replay with a `ReplayError` (the default), or go on and collect. */
  readonly onDifference?: 'throw' | 'collect' | undefined
  /** Datagrams that belong to what is replayed, where a capture has those of other sockets, too. All of them by default. */
  readonly include?: ((datagram: NetlinkDatagram) => boolean) | undefined
  /** `compressed` (the default): as fast as our code answers. `original`: with the recording's pauses. */
  readonly timing?: 'compressed' | 'original' | undefined
  /** How long our code may do nothing where it did something when recorded: above 0, or `Infinity`; 2,000 by default. */
  readonly patienceMilliseconds?: number | undefined
  /**
   * Stop, also in a pause. `finished` rejects with the signal's reason; requests are acknowledged from then on, as after the end. Where the capture
   * waits for bytes, that takes a signal of its own (`readCapture`).
   */
  readonly signal?: AbortSignal | undefined
}

/** The options of a replay with their defaults filled in. */
export type ReplaySettings = {
  readonly [K in 'compare' | 'onDifference' | 'timing' | 'patienceMilliseconds']: NonNullable<ReplayOptions[K]>
} & Pick<ReplayOptions, 'signal'>

/** What each option must be. */
export const optionChecks: Checks<ReplayOptions> = {
  compare: (value) => check.word('compare', value, { bytes: true, meaning: true }),
  onDifference: (value) => check.word('onDifference', value, { throw: true, collect: true }),
  include: (value) => check.callable('include', value),
  timing: (value) => check.word('timing', value, { compressed: true, original: true }),
  patienceMilliseconds: (value) => check.milliseconds('patienceMilliseconds', value),
  signal: (value) => check.signal('signal', value),
}

/** How a replay went. */
export interface ReplayReport {
  /** Number of the last record played. */
  readonly records: number
  /** Messages our code sent as recorded. */
  readonly matched: number
  /** The first 1,000 of them. */
  readonly differences: readonly ReplayDifference[]
  /** How many there were. */
  readonly different: number
}
