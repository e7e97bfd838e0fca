import { align, EncodeError, encode, messageFlags, putU16, Writer } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import type { Transport, TransportError } from '@nfkit/netlink-transport'
import { attributesOf, type VerdictChanges } from '../packet/changes.ts'
import { markAlone, markWords, putMark } from './mark.ts'
import { type Judged, Numbering } from './numbering.ts'
import { Sheet, sizeLimit } from './sheet.ts'
import { networkWord } from './word.ts'

/** Words of a verdict message without changes: two headers and one attribute. */
const plainWords = 8
/** Words of an answer: where it comes back, there is room in front of as many. */
const answerLimit = sizeLimit >>> 3
/** So many verdicts wait for the socket at most: as many as there is room for, one by one. */
const verdictLimit = sizeLimit / (4 * plainWords)

/** A queue's verdict or batch verdict message as words, to be copied with verdict, id and sequence number filled in. */
export function verdictTemplate(queue: number, type: number): Uint32Array {
  const header = { type, flags: messageFlags.request, resourceId: queue }
  const bytes = encodeMessage(header, nfqa, { verdictHdr: { verdict: 0, id: 0 } })
  return new Uint32Array(bytes.buffer, 0, plainWords)
}

/** What tells a batch verdict from a verdict: the same message otherwise. */
const batchWord = verdictTemplate(0, nfqueueMessage.verdictBatch.type)[1]!

const payloadSize = nfqa.rows.payload.type

const isSendable = (payload: unknown): payload is Uint8Array =>
  payload instanceof Uint8Array && payload.length >= payloadSize.size && payload.length <= payloadSize.limit

/** Whether anything but the payload is changed. */
function changesMore(changes: VerdictChanges): boolean {
  for (const key in changes) if (key !== 'payload' && changes[key as keyof VerdictChanges] !== undefined) return true
  return false
}

/** Verdicts on their way to the kernel: as many as possible in one send, in order. */
export class Outbox {
  readonly #transport: Transport
  #sheet = new Sheet()
  /** Of an answer, which may be under way still: whoever stands between the transport and us may let us go on before it has left. */
  #answerSheet = new Sheet()
  // Those of the sheet, at hand.
  #words = this.#sheet.words
  #bytes = this.#sheet.bytes
  /** Words to be used: what was answered may come back in front of them. */
  #capacity = this.#words.length
  readonly #extra = new Writer()
  /** Words in use. */
  #used = 0
  /** Verdicts in them. */
  #verdicts = 0
  /** The same of what the transport was to send last when its delivery was over. */
  #answered = 0
  #answeredVerdicts = 0
  /** Where the message is that the next verdict may join; -1 when there is none. */
  #joinable = -1
  readonly #numbering: Numbering

  /** Verdict messages are numbered from `first` on: see `Numbering`. */
  constructor(transport: Transport, first: number) {
    this.#transport = transport
    this.#numbering = new Numbering(first)
  }

  /** Whether everything has been sent. */
  get isEmpty(): boolean {
    return this.#used === 0
  }

  /**
   * Add a verdict that changes nothing; `word` is the verdict in network order. Throws `TransportError` when full and stuck. `isOldest`: no
   * packet of the queue waits that came before. Equal verdicts for such packets are one message (NFQNL_MSG_VERDICT_BATCH), while they are added
   * one after another: in the order in which the kernel takes them.
   */
  add(template: Uint32Array, queue: number, id: number, word: number, isOldest = false): void {
    if (this.#used + plainWords > this.#capacity || this.#verdicts >= verdictLimit) this.flush()
    if (isOldest && this.#join(queue, id, word)) return
    const at = this.#used
    this.#head(template, queue, id, word)
    if (isOldest) this.#joinable = at
  }

  /** The same with changes. Throws `EncodeError`, with nothing added, when one of them cannot be sent. */
  addChanged(template: Uint32Array, queue: number, id: number, word: number, changes: VerdictChanges): void {
    const mark = markAlone(changes)
    if (mark !== undefined) {
      this.#addMarked(template, queue, id, word, mark)
      return
    }
    const words = this.measure(changes)
    if (this.#used + words > this.#capacity || this.#verdicts >= verdictLimit) this.flush()
    const extra = this.#extra
    const start = this.#used
    // The header last: a failure before that leaves nothing behind.
    if (extra.length > 0) this.#bytes.set(extra.bytes, (start + plainWords) * 4)
    const before = plainWords + (extra.length >>> 2)
    if (words > before) this.#payload((start + before) * 4, changes.payload!)
    this.#head(template, queue, id, word)
    this.#words[start] = words * 4
    this.#used = start + words
  }

  /** Words of a verdict with these changes, which are encoded on the way. Throws `EncodeError` when one of them cannot be sent. */
  measure(changes: VerdictChanges): number {
    const { payload } = changes
    const direct = isSendable(payload)
    const extra = this.#extra
    extra.clear()
    if (!direct) encode(extra, nfqa, attributesOf(changes))
    else if (changesMore(changes)) encode(extra, nfqa, attributesOf({ ...changes, payload: undefined }))
    const words = plainWords + ((extra.length + (direct ? align(4 + payload.length) : 0)) >>> 2)
    if (words > this.#room) {
      throw new EncodeError(
        'verdict',
        `${words * 4} bytes, and the send buffer takes ${this.#room * 4}: enlarge it when opening the queue`,
      )
    }
    return words
  }

  /**
   * Hand everything to the kernel, in one send unless that exceeds the send buffer. Throws `TransportError` and keeps what was not
   * sent when the socket refuses.
   */
  flush(): void {
    while (this.#used > 0) {
      const words = this.#used <= this.#room ? this.#used : this.#endWithin(this.#room)
      this.#transport.send(this.#sheet.first(words))
      this.#joinable = -1
      this.#verdicts = words === this.#used ? 0 : this.#verdicts - this.#verdictsIn(words)
      this.#used -= words
      if (this.#used > 0) this.#words.copyWithin(0, words, words + this.#used)
    }
  }

  /** Whether there is something that one answer holds, and the transport has a way to. */
  get isAnswer(): boolean {
    const words = this.#used
    return words > 0 && words <= this.#room && words <= answerLimit && this.#transport.answer !== undefined
  }

  /**
   * Have the transport send everything when its delivery is over: told to `failed` is what then could not be sent, and `restore` puts that back. `false` where that is
   * not now.
   */
  answer(failed: (error: TransportError) => void): boolean {
    const words = this.#used
    if (!this.#transport.answer?.(this.#sheet.first(words), failed)) return false
    this.#answered = words
    this.#answeredVerdicts = this.#verdicts
    this.#used = this.#verdicts = 0
    this.#joinable = -1
    this.#capacity = this.#words.length - words
    this.#turn()
    return true
  }

  /** What was answered is still here, and goes in front of what was added since. */
  restore(): void {
    const [added, words] = [this.#used, this.#words]
    this.#turn()
    this.#words.set(words.subarray(0, added), this.#answered)
    this.#used = this.#answered + added
    this.#verdicts += this.#answeredVerdicts
    this.#joinable = -1
    this.#capacity = this.#words.length
  }

  /** Take out a queue's verdicts that could not be sent, and return the ids they were for. */
  withdraw(queue: number): number[] {
    const words = this.#words
    const ids: number[] = []
    let kept = 0
    for (let at = 0, length: number; at < this.#used; at += length) {
      length = words[at]! >>> 2
      const judged = this.judged(words[at + 2]!)
      if (judged?.queue === queue) {
        ids.push(...judged.ids)
      } else {
        words.copyWithin(kept, at, at + length)
        kept += length
      }
    }
    this.#used = kept
    this.#verdicts -= ids.length
    this.#joinable = -1
    return ids
  }

  /** Which packets the verdict with this sequence number was for; `undefined` when that is no verdict's. */
  judged(sequence: number): Judged | undefined {
    return this.#numbering.of(sequence)
  }

  /** On to the other sheet. */
  #turn(): void {
    const sheet = this.#answerSheet
    this.#answerSheet = this.#sheet
    this.#sheet = sheet
    this.#words = sheet.words
    this.#bytes = sheet.bytes
  }

  /** Words one send may take now: the send buffer can be changed at any time. */
  get #room(): number {
    return Math.min(this.#words.length, this.#transport.sendLimit >>> 2)
  }

  /** Where the last message within so many words ends; the first is whole in any case. */
  #endWithin(room: number): number {
    let end = this.#words[0]! >>> 2
    for (;;) {
      const next = end + (this.#words[end]! >>> 2)
      if (next > room) return end
      end = next
    }
  }

  #addMarked(template: Uint32Array, queue: number, id: number, word: number, mark: number): void {
    if (this.#used + plainWords + markWords > this.#capacity || this.#verdicts >= verdictLimit) this.flush()
    const words = this.#words
    const at = this.#used
    this.#head(template, queue, id, word)
    words[at] = 4 * (plainWords + markWords)
    putMark(words, at + plainWords, mark)
    this.#used = at + plainWords + markWords
  }

  // What `encode` would write, without a copy in between.
  #payload(at: number, payload: Uint8Array): void {
    const bytes = this.#bytes
    const length = 4 + payload.length
    this.#words[(at + align(length) - 4) >>> 2] = 0
    putU16(bytes, at, length)
    putU16(bytes, at + 2, nfqa.rows.payload.id)
    bytes.set(payload, at + 4)
  }

  /** How many verdicts these messages hold. */
  #verdictsIn(words: number): number {
    let verdicts = 0
    for (let at = 0; at < words; at += this.#words[at]! >>> 2) verdicts += this.judged(this.#words[at + 2]!)!.ids.length
    return verdicts
  }

  #head(template: Uint32Array, queue: number, id: number, word: number): void {
    const words = this.#words
    const at = this.#used
    words[at] = template[0]!
    words[at + 1] = template[1]!
    words[at + 2] = this.#numbering.take(queue, id)
    words[at + 3] = 0
    words[at + 4] = template[4]!
    words[at + 5] = template[5]!
    words[at + 6] = word
    words[at + 7] = networkWord(id)
    this.#used = at + plainWords
    this.#verdicts++
    this.#joinable = -1
  }

  /** Have the newest message judge this packet, too; `false` when it does not say the same. */
  #join(queue: number, id: number, word: number): boolean {
    const at = this.#joinable
    const words = this.#words
    if (at < 0 || (words[at + 6]! | 0) !== word || !this.#numbering.isAfterNewest(queue, id)) return false
    words[at + 1] = batchWord
    words[at + 2] = this.#numbering.join(queue, id)
    words[at + 7] = networkWord(id)
    this.#verdicts++
    return true
  }
}
