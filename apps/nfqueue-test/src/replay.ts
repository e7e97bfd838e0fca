import { openQueue } from '@nfkit/nfqueue'
import { readCapture, replayPackets, SimulatedKernel } from '@nfkit/simulator'
import { type SessionOptions, session } from './session.ts'

export interface ReplayOptions extends SessionOptions {
  readonly timing?: 'compressed' | 'original'
  readonly signal?: AbortSignal
}

/** Queue the packets of a capture on a simulated kernel, and print and judge them as a live queue's. */
export async function replay(
  file: string,
  { timing = 'compressed', signal, ...options }: ReplayOptions,
): Promise<void> {
  // A kernel that sends connections with packets, as those of distributions do.
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'require', onUnjudged: 'accept', signal })
  const printed = session(queue, options)
  const skipped: string[] = []
  try {
    for await (const result of replayPackets(kernel, readCapture(file), { timing, queue: 0, signal })) {
      if ('skipped' in result) skipped.push(result.skipped)
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  } finally {
    await queue.close()
    await printed
  }
  if (skipped.length > 0)
    process.stderr.write(`nfqueue-test: ${skipped.length} records are no packets: ${reasons(skipped)}\n`)
}

function reasons(skipped: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return Array.from(counts, ([reason, count]) => `${count} × ${reason}`).join('; ')
}
