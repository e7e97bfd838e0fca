import type { Transport } from '@nfkit/netlink-transport'
import type { CaptureRecord } from './capture-record.ts'
import type { NetlinkDatagram } from './netlink.ts'
import { Replay } from './replay.ts'
import type { ReplayDifference } from './replay-difference.ts'
import { replaySteps } from './replay-step.ts'
import type { Comparison } from './sent-message.ts'

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
  /** How long our code may do nothing where it did something when recorded; 2,000 by default. */
  readonly patienceMilliseconds?: number | undefined
}

/** The options of a replay with their defaults filled in. */
export type ReplaySettings = {
  readonly [K in 'compare' | 'onDifference' | 'timing' | 'patienceMilliseconds']: NonNullable<ReplayOptions[K]>
}

/** How a replay went. */
export interface ReplayReport {
  /** Number of the last record played. */
  readonly records: number
  /** Messages our code sent as recorded. */
  readonly matched: number
  readonly differences: readonly ReplayDifference[]
}

/** A transport whose kernel is a recording. */
export interface ReplayTransport extends Transport {
  /**
   * Resolves when the recorded kernel has nothing more to send by itself: time for the program to end, as it did then. Closing what
   * runs on the transport plays the rest.
   */
  readonly quiet: Promise<void>
  /**
   * Resolves when all of the recording was played, or our code has closed its sockets. Rejects with `ReplayError` at the first
   * difference, unless they are collected, and with what reading the capture throws.
   */
  readonly finished: Promise<ReplayReport>
}

/**
 * A transport that plays the kernel's side of a netlink capture: of a recording made with `record`, or of an nlmon interface. What
 * our code sends is compared with what was recorded; the recorded answers reach it with the sequence numbers and port ids it uses.
 *
 * Siblings replay the siblings of the recording, in the order they were opened. After the end of the recording requests are
 * acknowledged and otherwise ignored. Rejects with `CaptureError` when the capture cannot be read.
 */
export async function replayTransport(
  capture: AsyncIterable<CaptureRecord>,
  options: ReplayOptions = {},
): Promise<ReplayTransport> {
  const { compare = 'bytes', onDifference = 'throw', timing = 'compressed', patienceMilliseconds = 2_000 } = options
  const steps = replaySteps(capture, options.include ?? (() => true))
  const replay = new Replay(steps, { compare, onDifference, timing, patienceMilliseconds })
  return Object.assign(await replay.start(), { quiet: replay.quiet, finished: replay.finished })
}
