import type { Packet, Queue } from '@nfkit/nfqueue'
import type { Predicate } from '../match/predicate.ts'
import { firstLine } from '../terminal/failure.ts'
import { Lines } from '../terminal/lines.ts'
import { note } from '../terminal/note.ts'
import { outputGone, stdout } from '../terminal/stdout.ts'
import { counted } from '../text/count.ts'
import { decisionJson } from '../text/decision.ts'
import { jsonLine } from '../text/json.ts'
import { packetText } from '../text/packet-line.ts'
import { summaryText } from '../text/summary.ts'
import { showCounters } from './counters.ts'
import type { PacketFile } from './packet-file.ts'
import type { Judge } from './policy.ts'

export interface SessionOptions {
  readonly judge: Judge
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
  readonly ready?: (() => unknown) | undefined
}

const fullText = { socket: 'the receive buffer was full', queue: 'the queue was full' }

/** Show and judge the packets of a queue until it is closed; then say what it came to. */
export async function session(queue: Queue, options: SessionOptions): Promise<void> {
  const { judge, match, file, json, quiet, counters, count, isLive, ready } = options
  if (ready !== undefined) await ready()
  file?.open()
  const wait = (full: boolean) => (full ? queue.pause() : queue.resume())
  const lines = new Lines(stdout, 'packet', isLive ? 'leave out' : { wait })
  // A reader that goes away (`| head`) ends the program as an interrupt does; a full disk is no reason to stop judging.
  if (outputGone.aborted) void queue.close()
  outputGone.addEventListener('abort', () => void queue.close())
  tellTrouble(queue)
  const endCounters = counters ? showCounters(queue) : () => {}

  const isMeant = (packet: Packet) => !match || match({ ip: packet.ip, length: packet.length ?? 0 })
  let seen = 0
  let shown = 0
  let unmatched = 0
  queue.observe((packet, decision) => {
    if (shown === count) return
    if (!isMeant(packet)) {
      unmatched++
      return
    }
    if (!quiet)
      lines.write(
        json
          ? jsonLine({ ...packet.toJSON(), decision: decisionJson(decision) })
          : packetText(packet, decision, isLive === true),
      )
    file?.write(packet, decision)
    if (++shown === count) queue.close()
  })
  await queue.run((packet) => (isMeant(packet) ? judge(packet, ++seen) : 'accept'))
  endCounters()
  lines.flush()
  file?.close()
  if (file && file.omitted > 0)
    note(`${counted(file.omitted, 'packet is not IP, and was', 'packets are not IP, and were')} not written`)
  const summary = queue.stats()
  const object = { summary: match ? { ...summary, unmatched } : summary }
  stdout.write(json ? jsonLine(object) : `${summaryText(summary, unmatched)}\n`)
}

function tellTrouble(queue: Queue): void {
  queue.on('warning', note)
  queue.on('trouble', (error) => note(error.message))
  queue.on('verdictError', (error) => note(error.message))
  queue.on('handlerError', ({ packetId, error }) => note(`packet ${packetId}: ${firstLine(error)}, after its verdict`))
  queue.on('lost', ({ packets, where }) =>
    note(`${counted(packets, 'packet was', 'packets were')} lost: ${fullText[where]}`),
  )
  queue.on('passed', ({ packets, where }) =>
    note(`${counted(packets, 'packet')} passed unseen (--fail-open): ${fullText[where]}`),
  )
  queue.on('unjudged', ({ packetId, reason, verdict, error }) => {
    if (reason === 'closing') return
    const why = error === undefined ? reason : `${reason}: ${firstLine(error)}`
    note(`packet ${packetId} left to the queue (${why}): ${verdict}`)
  })
}
