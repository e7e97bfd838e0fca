import { type CaptureRecord, replayPackets } from '@nfkit/capture'
import { openQueue, type Verdict } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { note } from '../note.ts'
import { type SessionOptions, session } from '../session.ts'

export interface ReplayOptions {
  readonly timing?: 'compressed' | 'original'
  /** For packets the judge leaves to the queue. */
  readonly unjudged?: Verdict
  readonly signal?: AbortSignal
}

/** Queue the packets of a capture on a simulated kernel, and show and judge them as a live queue's. */
export async function replayCapture(
  capture: AsyncIterable<CaptureRecord>,
  judging: SessionOptions,
  { timing = 'compressed', unjudged = 'accept', signal }: ReplayOptions = {},
): Promise<void> {
  // A kernel that sends connections with packets, as those of distributions do.
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'require', onUnjudged: unjudged, signal })
  const told = session(queue, judging)
  const skipped: string[] = []
  try {
    for await (const result of replayPackets(kernel, capture, { timing, queue: 0, signal })) {
      if ('skipped' in result) skipped.push(result.skipped)
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  } finally {
    await queue.close()
    await told
  }
  if (skipped.length > 0) note(`${skipped.length} records are no packets: ${reasons(skipped)}`)
}

function reasons(skipped: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return Array.from(counts, ([reason, count]) => `${count} × ${reason}`).join('; ')
}
