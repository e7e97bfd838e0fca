import type { Queue } from '@nfkit/nfqueue'
import { Output } from './output.ts'
import { carryOut, decide, type Policy } from './policy.ts'
import { packetText } from './text/packet.ts'
import { summaryText } from './text/summary.ts'

export interface SessionOptions {
  readonly policy: Policy
  /** One JSON object per packet instead of text. */
  readonly json: boolean
  /** Only the summary. */
  readonly quiet: boolean
  /** End after so many packets. */
  readonly count?: number | undefined
}

/** Print and judge the packets of a queue until it is closed; then say what it came to. */
export async function session(queue: Queue, { policy, json, quiet, count }: SessionOptions): Promise<void> {
  const output = new Output(
    process.stdout,
    (full) => (full ? queue.pause() : queue.resume()),
    () => queue.close(),
  )
  const note = (text: string) => process.stderr.write(`nfqueue-test: ${text}\n`)
  queue.on('warning', note)
  queue.on('trouble', (error) => note(error.message))
  queue.on('verdictError', (error) => note(error.message))
  queue.on('lost', ({ packets }) => note(`${packets} packets were lost: the receive buffer was full`))
  queue.on('unjudged', ({ packetId, reason, verdict, error }) => {
    if (reason !== 'closing')
      note(`packet ${packetId} left to the queue (${reason}${error ? `: ${error}` : ''}): ${verdict}`)
  })

  let seen = 0
  await queue.run((packet) => {
    const decision = decide(policy, ++seen)
    if (json) output.write(`${JSON.stringify({ ...packet.toJSON(), decision })}\n`)
    else if (!quiet) output.write(packetText(packet, decision))
    carryOut(packet, decision)
    if (seen === count) queue.close()
  })
  output.flush()
  const summary = queue.stats()
  process.stdout.write(json ? `${JSON.stringify({ summary })}\n` : `${summaryText(summary)}\n`)
}
