import { ByteQueue } from '../reader/byte-queue.ts'
import { mark, type TlsOddity } from './oddity.ts'
import { refuse } from './problem.ts'

/** Types of records, which carry messages. */
const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const
/** Types of messages. */
export const messageType = { clientHello: 1, serverHello: 2 } as const

/** Bytes in front of each record. */
const header = 5
const largestRecord = 16_384
/** Records without a byte of a hello that are passed over. GnuTLS passes over 40 and more. */
const mostSkipped = 64
const warning = 1

/**
 * The handshake messages of one direction: what the records of the handshake carry, joined. It reads through records that servers read through,
 * each of which is odd.
 */
export class Handshake {
  readonly #input: ByteQueue
  readonly #joined = new ByteQueue()
  #odd: TlsOddity[] = []
  #records = 0
  #skipped = 0
  /** Whether no hello was read: what a client sends behind its first one is not odd. */
  #isFirst = true

  constructor(input: ByteQueue) {
    this.#input = input
  }

  /** What was odd on the way to the message that was taken last. */
  get odd(): readonly TlsOddity[] {
    return this.#odd
  }

  /**
   * The body of the next message of a type: a view, readable until the parser yields. `undefined` when the handshake goes on otherwise. Throws a
   * `ReadError` when it does so before the first message, or inside of one, or when the message is longer than `most` bytes.
   */
  *message(type: number, most: number): Generator<undefined, Uint8Array | undefined, void> {
    this.#odd = []
    this.#records = 0
    const at = this.#input.offset
    const joined = this.#joined
    const isThere = yield* this.#join(4)
    if (!isThere && joined.length > 0) refuse('interrupted', this.#input.offset)
    if (!isThere || joined.at(0) !== type) return this.#isFirst ? refuse('notHello', at) : undefined
    const length = (joined.at(1) << 16) | (joined.at(2) << 8) | joined.at(3)
    if (length > most) refuse('tooLong', at)
    joined.drop(4)
    if (joined.length < length && !(yield* this.#join(length))) refuse('interrupted', this.#input.offset)
    if (this.#records > Math.ceil((4 + length) / largestRecord)) mark(this.#odd, 'fragmented')
    const body = joined.take(length)
    if (joined.length > 0) mark(this.#odd, 'trailing')
    this.#isFirst = false
    return body
  }

  /** Join records until `size` bytes wait; false when something else than the handshake follows. */
  *#join(size: number): Generator<undefined, boolean, void> {
    const input = this.#input
    while (this.#joined.length < size) {
      // What was joined lies in a chunk that is gone when more bytes come.
      this.#joined.own()
      while (input.length < header) yield
      const length = this.#recordLength()
      if (length < 0) return false
      while (input.length < header + length) yield
      if (!this.#takeRecord(length)) return false
    }
    return true
  }

  /** How long the record is whose header waits; -1 when it ends what can be read, and is passed over. */
  #recordLength(): number {
    const input = this.#input
    const at = input.offset
    const [type, version] = [input.at(0), input.at(1)]
    const length = (input.at(3) << 8) | input.at(4)
    const isKnown = type >= contentType.changeCipherSpec && type <= contentType.applicationData
    if (!isKnown && this.#isFirst) refuse('notTls', at)
    if (isKnown && (version < 2 || version > 3)) refuse('notTls', at + 1)
    if (isKnown && version !== 3) mark(this.#odd, 'recordVersion')
    if (!isKnown || type === contentType.applicationData) {
      input.drop(header)
      return -1
    }
    if (length > largestRecord) refuse('record', at + 3)
    return length
  }

  /** Take the record that waits; false when it ends what can be read. */
  #takeRecord(length: number): boolean {
    const input = this.#input
    const at = input.offset
    const type = input.at(0)
    input.drop(header)
    const body = input.take(length)
    if (type === contentType.handshake && length > 0) {
      this.#records++
      this.#joined.append(body)
      return true
    }
    if (type === contentType.alert && (length !== 2 || body[0] !== warning)) return false
    if (type === contentType.changeCipherSpec && (length !== 1 || body[0] !== 1)) refuse('record', at + header)
    this.#pass(type, at)
    return true
  }

  /** Pass over a record without a byte of a message. */
  #pass(type: number, at: number): void {
    if (++this.#skipped > mostSkipped) refuse('tooManyRecords', at)
    if (type === contentType.handshake) mark(this.#odd, 'emptyRecord')
    else if (type === contentType.alert) mark(this.#odd, 'alert')
    else if (this.#isFirst || this.#joined.length > 0) mark(this.#odd, 'changeCipherSpec')
  }
}
