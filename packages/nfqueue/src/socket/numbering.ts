/** Sequence numbers of verdict messages: as many verdicts back a refusal is attributed. It comes before anything else is read. */
export const verdictNumbers = 0x1_0000
const slots = verdictNumbers - 1

/** Which packets a verdict message was for. */
export interface Judged {
  readonly queue: number
  readonly ids: readonly number[]
}

/** The numbers of verdict messages, one for each verdict, and what each was for. */
export class Numbering {
  /** The first of them: signed, for V8 would allocate an unsigned one. */
  readonly #first: number
  #next = 0
  readonly #ids = new Uint32Array(verdictNumbers)
  readonly #queues = new Uint16Array(verdictNumbers)
  /** How many verdicts before it a message has taken in. */
  readonly #joined = new Uint16Array(verdictNumbers)

  /** Numbers begin with `first`, and again: `verdictNumbers` numbers that nobody else uses. */
  constructor(first: number) {
    this.#first = first | 0
  }

  /** The number of a message for one packet. */
  take(queue: number, id: number): number {
    const slot = this.#next
    this.#next = (slot + 1) & slots
    this.#ids[slot] = id
    this.#queues[slot] = queue
    this.#joined[slot] = 0
    return this.#first + slot
  }

  /** The number of the newest message when it is for this packet, too. */
  join(queue: number, id: number): number {
    const before = this.#joined[(this.#next - 1) & slots]!
    const number = this.take(queue, id)
    this.#joined[(this.#next - 1) & slots] = before + 1
    return number
  }

  /** Whether the newest message is for a packet of this queue that is older. Ids wrap at 32 bits. */
  isAfterNewest(queue: number, id: number): boolean {
    const slot = (this.#next - 1) & slots
    return this.#queues[slot] === queue && ((id - this.#ids[slot]!) | 0) > 0
  }

  /** What the message with this number was for; `undefined` when it is no verdict's. */
  of(sequence: number): Judged | undefined {
    const slot = (sequence - this.#first) >>> 0
    if (slot >= verdictNumbers) return undefined
    const joined = this.#joined[slot]!
    const ids = Array.from({ length: joined + 1 }, (_, i) => this.#ids[(slot - joined + i) & slots]!)
    return { queue: this.#queues[slot]!, ids }
  }
}
