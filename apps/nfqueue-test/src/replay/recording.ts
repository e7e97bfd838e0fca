import { type CaptureRecord, type ReplayReport, replayTransport } from '@nfkit/capture'
import { openQueue } from '@nfkit/nfqueue'
import { type SessionOptions, session } from '../judging/session.ts'
import { note } from '../terminal/note.ts'
import type { CaptureInput } from './input.ts'
import { onlyNetlink } from './only-netlink.ts'
import type { ReplayOptions } from './packets.ts'
import { recordedQueue } from './recorded-queue.ts'

export interface RecordingOptions extends ReplayOptions {
  /** How long to wait for something that was done when recorded, and now is not. */
  readonly patienceMilliseconds?: number | undefined
}

/** Differences that are told in full; the rest are counted. */
const mostTold = 5

/**
 * Play the kernel's side of a netlink recording, show and judge its packets, and tell where that differs from what was done when it
 * was recorded. Resolves to whether there was no difference; after an abort nothing is compared.
 */
export async function replayRecording(
  input: CaptureInput,
  capture: AsyncIterable<CaptureRecord>,
  judging: SessionOptions,
  { timing, unjudged = 'accept', signal, patienceMilliseconds }: RecordingOptions = {},
): Promise<boolean> {
  const options = await recordedQueue(input)
  const comparison = { compare: 'meaning', onDifference: 'collect' } as const
  const transport = await replayTransport(onlyNetlink(capture), { ...comparison, timing, patienceMilliseconds, signal })
  const finished = transport.finished.catch((error: unknown) => ({ error }))
  const queue = await openQueue(transport, { ...options, onUnjudged: unjudged, signal })
  const told = session(queue, judging)
  await Promise.race([transport.quiet, queue.closed, finished, told])
  await queue.close()
  await told
  // What the interrupt left to the queue was recorded otherwise.
  if (signal?.aborted) return true
  const report = await finished
  if ('error' in report) throw report.error
  return tell(report)
}

function tell({ matched, differences, different }: ReplayReport): boolean {
  if (different === 0) {
    note(`decided as recorded: ${matched} messages are the same`)
    return true
  }
  for (const { text } of differences.slice(0, mostTold)) note(...text.split('\n'))
  const rest = different - mostTold
  if (rest > 0) note(`and ${rest} more differences`)
  note(`not as recorded: ${matched} messages are the same, ${different} differ`)
  return false
}
