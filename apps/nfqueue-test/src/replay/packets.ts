import { type CaptureRecord, replayPackets } from '@nfkit/capture'
import type { Verdict } from '@nfkit/nfqueue'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { type SessionOptions, session } from '../judging/session.ts'
import { LeftOut } from './left-out.ts'

export interface ReplayOptions {
  readonly timing?: 'compressed' | 'original'
  /** Packets the capture has cut: left out (the default), or filled up with zeros. */
  readonly cut?: 'skip' | 'fill'
  /** For packets the judge leaves to the queue. */
  readonly unjudged?: Verdict
  /** Whether connections are tracked; they are by default. Without them packets need not wait for each other. */
  readonly tracks?: boolean
  readonly signal?: AbortSignal
}

/** Packets that wait for their verdict at once, where their order does not matter. */
const mostInFlight = 256

/** What became of a capture. */
export interface Replayed {
  /** Packets that were queued. */
  readonly packets: number
  /** Records that are none. */
  readonly leftOut: LeftOut
}

/** Queue the packets of a capture on a simulated kernel, and show and judge them as a live queue's. */
export async function replayCapture(
  capture: AsyncIterable<CaptureRecord>,
  judging: SessionOptions,
  { timing = 'compressed', cut, unjudged = 'accept', tracks = true, signal }: ReplayOptions = {},
): Promise<Replayed> {
  // A kernel that sends connections with packets, as those of distributions do.
  // Packets that wait for each other would have a turn of the event loop each.
  const kernel = new SimulatedKernel({ profile: 'debian-6.1', tracking: tracks, sharedTurns: tracks })
  const conntrack = tracks ? 'require' : 'off'
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack, onUnjudged: unjudged, signal })
  const inFlight = tracks ? undefined : mostInFlight
  const leftOut = new LeftOut()
  let packets = 0
  const told = session(queue, judging)
  try {
    // A file that cannot be made has ended it already.
    await Promise.race([told, undefined])
    for await (const result of replayPackets(kernel, capture, { timing, cut, queue: 0, inFlight, signal })) {
      if ('skipped' in result) leftOut.add(result.skipped)
      else packets++
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  } finally {
    await queue.close()
    await told
  }
  return { packets, leftOut }
}
