import type { Packet, Queue, Verdict } from '@nfkit/nfqueue'
import type { Predicate } from '../match/predicate.ts'
import { firstLine } from '../terminal/failure.ts'
import { Lines } from '../terminal/lines.ts'
import { note } from '../terminal/note.ts'
import { outputGone, stdout } from '../terminal/stdout.ts'
import { jsonLine } from '../text/json.ts'
import { packetText } from '../text/packet-line.ts'
import { summaryText } from '../text/summary.ts'
import { showCounters } from './counters.ts'
import type { Judge, Show } from './judge.ts'
import type { PacketFile } from './packet-file.ts'

export interface SessionOptions {
  readonly judge: Judge
  /** The queue's own verdict, for packets that get no other; accept by default. */
  readonly unjudged?: Verdict | undefined
  /** Packets that do not match are accepted, and neither shown, counted nor written. */
  readonly match?: Predicate | undefined
  /** The file packets are written to; opened when all is ready, and closed at the end. */
  readonly file?: PacketFile | undefined
  /** One JSON object per packet instead of text. */
  readonly json: boolean
  /** Only the summary. */
  readonly quiet: boolean
  /** Show counters on a terminal while it runs. */
  readonly counters?: boolean | undefined
  /** End after so many packets. */
  readonly count?: number | undefined
  /** Packets come by themselves, and are lost when they are not judged: do not wait for a reader of the output. */
  readonly isLive?: boolean | undefined
  /** Called when packets can be judged, before any file is made: what fails here destroys none. */
  readonly ready?: (() => void) | undefined
}

const fullText = { socket: 'the receive buffer was full', queue: 'the queue was full' }

/** Show and judge the packets of a queue until it is closed; then say what it came to. */
export async function session(queue: Queue, options: SessionOptions): Promise<void> {
  const { judge, unjudged = 'accept', match, file, json, quiet, counters, count, isLive, ready } = options
  ready?.()
  file?.open()
  const wait = (full: boolean) => (full ? queue.pause() : queue.resume())
  const lines = new Lines(stdout, 'packets', isLive ? 'leave out' : { wait })
  // A reader that goes away (`| head`) ends the program as an interrupt does; a full disk is no reason to stop judging.
  if (outputGone.aborted) void queue.close()
  outputGone.addEventListener('abort', () => void queue.close())
  tellTrouble(queue)
  const endCounters = counters ? showCounters(queue) : () => {}

  let seen = 0
  let shown = 0
  let unmatched = 0
  // Packets that wait for a verdict, ready to be shown when the queue gives it.
  const waiting = new Map<number, Show>()
  queue.on('unjudged', ({ packetId, reason }) => {
    waiting.get(packetId)?.({ verdict: unjudged, changes: {}, unjudged: reason })()
  })
  const show =
    (packet: Packet): Show =>
    (decision) => {
      const object = json && !quiet ? jsonLine({ ...packet.toJSON(), decision }) : ''
      const text = json || quiet ? object : packetText(packet, decision)
      const write = file?.take(packet, decision)
      return () => {
        waiting.delete(packet.id)
        if (text !== '') lines.write(text)
        write?.()
        if (++shown === count) queue.close()
      }
    }
  await queue.run((packet) => {
    if (match && !match({ ip: packet.ip, length: packet.length ?? 0 })) {
      unmatched++
      packet.accept()
      return undefined
    }
    const result = judge(packet, ++seen, show(packet))
    if (!packet.judged) waiting.set(packet.id, show(packet.copy()))
    return result
  })
  endCounters()
  lines.flush()
  file?.close()
  if (file && file.omitted > 0) note(`${file.omitted} packets are not IP, and were not written`)
  const summary = queue.stats()
  const object = { summary: match ? { ...summary, unmatched } : summary }
  stdout.write(json ? jsonLine(object) : `${summaryText(summary, unmatched)}\n`)
}

function tellTrouble(queue: Queue): void {
  queue.on('warning', note)
  queue.on('trouble', (error) => note(error.message))
  queue.on('verdictError', (error) => note(error.message))
  queue.on('handlerError', ({ packetId, error }) => note(`packet ${packetId}: ${firstLine(error)}, after its verdict`))
  queue.on('lost', ({ packets, where }) => note(`${packets} packets were lost: ${fullText[where]}`))
  queue.on('passed', ({ packets, where }) => note(`${packets} packets passed unseen (--fail-open): ${fullText[where]}`))
  queue.on('unjudged', ({ packetId, reason, verdict, error }) => {
    if (reason === 'closing') return
    const why = error === undefined ? reason : `${reason}: ${firstLine(error)}`
    note(`packet ${packetId} left to the queue (${why}): ${verdict}`)
  })
}
