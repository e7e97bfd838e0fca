import type { Transport } from '@nfkit/netlink-transport'
import { check } from '@nfkit/netlink-transport'
import type { CaptureRecord } from '../format/record.ts'
import { Replay } from './replay.ts'
import { optionChecks, type ReplayOptions, type ReplayReport } from './settings.ts'
import { replaySteps } from './step.ts'

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
 * acknowledged and otherwise ignored. Rejects with `CaptureError` when the capture cannot be read, and with `TypeError` or `RangeError`
 * for an option that is unknown or out of range.
 *
 * @example
 * import { MemorySink, readCapture, record, replayTransport } from '@nfkit/capture'
 * import { openMnl } from '@nfkit/mnl-native'
 * import { probe } from '@nfkit/nfqueue'
 *
 * const sink = new MemorySink()
 * const then = await probe(record(openMnl(), sink))
 *
 * const transport = await replayTransport(readCapture(sink.bytes))
 * const again = await probe(transport)
 * const { different } = await transport.finished
 * console.log(again.conntrack === then.conntrack, different) // true 0
 */
export async function replayTransport(
  capture: AsyncIterable<CaptureRecord>,
  options: ReplayOptions = {},
): Promise<ReplayTransport> {
  check.all('replayTransport', options, optionChecks)
  const {
    compare = 'bytes',
    onDifference = 'throw',
    timing = 'compressed',
    patienceMilliseconds = 2_000,
    signal,
  } = options
  const steps = replaySteps(capture, options.include ?? (() => true))
  const replay = new Replay(steps, { compare, onDifference, timing, patienceMilliseconds, signal })
  return Object.assign(await replay.start(), { quiet: replay.quiet, finished: replay.finished })
}
