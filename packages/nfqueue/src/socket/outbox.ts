import { align, EncodeError, encode, littleEndian, messageFlags, putU16, Writer } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import type { Transport } from '@nfkit/netlink-transport'
import { attributesOf, type VerdictChanges } from '../packet/changes.ts'

/** Words of a verdict message without changes: two headers and one attribute. */
const plainWords = 8
const sizeLimit = 0x4_0000
/** Sequence numbers of verdict messages: as many verdicts back a refusal is attributed. It comes before anything else is read. */
export const verdictNumbers = 0x1_0000

/**
 * A big-endian 32-bit value as the host's word: what a store through a `Uint32Array` writes in network order. Signed, for V8 would
 * allocate an unsigned one.
 */
export const networkWord: (value: number) => number = littleEndian
  ? (v) => (v << 24) | ((v << 8) & 0xff_0000) | ((v >>> 8) & 0xff00) | (v >>> 24)
  : (v) => v | 0

/** A queue's verdict or batch verdict message as words, to be copied with verdict, id and sequence number filled in. */
export function verdictTemplate(queue: number, type: number): Uint32Array {
  const header = { type, flags: messageFlags.request, resourceId: queue }
  const bytes = encodeMessage(header, nfqa, { verdictHdr: { verdict: 0, id: 0 } })
  return new Uint32Array(bytes.buffer, 0, plainWords)
}

const payloadSize = nfqa.rows.payload.type

const isSendable = (payload: unknown): payload is Uint8Array =>
  payload instanceof Uint8Array && payload.length >= payloadSize.size && payload.length <= payloadSize.limit

/** Whether anything but the payload is changed. */
function changesMore(changes: VerdictChanges): boolean {
  for (const key in changes) if (key !== 'payload' && changes[key as keyof VerdictChanges] !== undefined) return true
  return false
}

/** Which packet a verdict was for. */
export interface Judged {
  readonly queue: number
  readonly id: number
}

/** Verdicts on their way to the kernel: as many as possible in one send, in order. */
export class Outbox {
  readonly #transport: Transport
  readonly #words: Uint32Array
  readonly #bytes: Uint8Array
  readonly #extra = new Writer()
  /** Words in use. */
  #used = 0
  /** The first of their numbers: signed, for V8 would allocate an unsigned one. */
  readonly #first: number
  #next = 0
  readonly #ids = new Uint32Array(verdictNumbers)
  readonly #queues = new Uint16Array(verdictNumbers)

  /** Verdict messages are numbered from `first` on, and then again: `verdictNumbers` numbers that nobody else uses. */
  constructor(transport: Transport, first: number) {
    this.#transport = transport
    this.#first = first | 0
    this.#words = new Uint32Array(sizeLimit >>> 2)
    this.#bytes = new Uint8Array(this.#words.buffer)
  }

  /** Whether everything has been sent. */
  get isEmpty(): boolean {
    return this.#used === 0
  }

  /** Add a verdict that changes nothing; `word` is the verdict in network order. Throws `TransportError` when full and stuck. */
  add(template: Uint32Array, queue: number, id: number, word: number): void {
    if (this.#used + plainWords > this.#words.length) this.flush()
    this.#head(template, queue, id, word)
  }

  /** The same with changes. Throws `EncodeError`, with nothing added, when one of them cannot be sent. */
  addChanged(template: Uint32Array, queue: number, id: number, word: number, changes: VerdictChanges): void {
    const words = this.measure(changes)
    if (this.#used + words > this.#words.length) this.flush()
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
      this.#transport.send(new Uint8Array(this.#bytes.buffer, 0, words * 4))
      this.#used -= words
      if (this.#used > 0) this.#words.copyWithin(0, words, words + this.#used)
    }
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
        ids.push(judged.id)
      } else {
        words.copyWithin(kept, at, at + length)
        kept += length
      }
    }
    this.#used = kept
    return ids
  }

  /** Which packet the verdict with this sequence number was for; `undefined` when that is no verdict's. */
  judged(sequence: number): Judged | undefined {
    const slot = (sequence - this.#first) >>> 0
    return slot >= verdictNumbers ? undefined : { queue: this.#queues[slot]!, id: this.#ids[slot]! }
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

  // What `encode` would write, without a copy in between.
  #payload(at: number, payload: Uint8Array): void {
    const bytes = this.#bytes
    const length = 4 + payload.length
    this.#words[(at + align(length) - 4) >>> 2] = 0
    putU16(bytes, at, length)
    putU16(bytes, at + 2, nfqa.rows.payload.id)
    bytes.set(payload, at + 4)
  }

  #head(template: Uint32Array, queue: number, id: number, word: number): void {
    const words = this.#words
    const at = this.#used
    const slot = this.#next
    this.#next = (slot + 1) & (verdictNumbers - 1)
    this.#ids[slot] = id
    this.#queues[slot] = queue
    words[at] = template[0]!
    words[at + 1] = template[1]!
    words[at + 2] = this.#first + slot
    words[at + 3] = 0
    words[at + 4] = template[4]!
    words[at + 5] = template[5]!
    words[at + 6] = word
    words[at + 7] = networkWord(id)
    this.#used = at + plainWords
  }
}
