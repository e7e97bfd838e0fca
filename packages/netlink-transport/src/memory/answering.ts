import { throwAside } from '../aside.ts'
import type { TransportError } from '../errors.ts'
import type { Batch, Receiver, Transport } from '../transport.ts'

/** The half of a transport that answers: keeps what `Transport.answer` is given, and sends it when the receiver returns. */
export class Answering {
  readonly #transport: Pick<Transport, 'send' | 'sendLimit'>
  #isTelling = false
  #datagram: Uint8Array | undefined
  #failed: ((error: TransportError) => void) | undefined

  /** Answers are sent by this transport. */
  constructor(transport: Pick<Transport, 'send' | 'sendLimit'>) {
    this.#transport = transport
  }

  /** Whether a receiver is being told. */
  get isTelling(): boolean {
    return this.#isTelling
  }

  /** See `Transport.answer`. */
  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    if (!this.#isTelling || this.#datagram || datagram.length > this.#transport.sendLimit) return false
    this.#datagram = datagram
    this.#failed = failed
    return true
  }

  /** Tell a receiver of a batch, and send what it answers, also when it throws: that is thrown where it harms nobody. */
  tell(receiver: Receiver, batch: Batch): void {
    this.#isTelling = true
    try {
      receiver.batch(batch)
    } catch (error) {
      throwAside(error)
    }
    this.#isTelling = false
    if (this.#datagram) this.#send(this.#datagram)
  }

  #send(datagram: Uint8Array): void {
    this.#datagram = undefined
    try {
      this.#transport.send(datagram)
    } catch (error) {
      this.#failed?.(error as TransportError)
    }
  }
}
