import { Message } from '@nfkit/netlink-codec'
import type { TransportError } from '../errors.ts'
import type { Batch, Receiver } from '../transport.ts'

/** A receiver that keeps what it gets, for the compliance suite. Every datagram there holds one message. */
export class Inbox implements Receiver {
  /** Copies, in order of arrival. */
  readonly messages: Message[] = []
  readonly errors: TransportError[] = []
  /** What to do with a batch besides; releases it by default. */
  onBatch: (batch: Batch) => void = (batch) => batch.release()
  #wake: (() => void) | undefined

  batch(batch: Batch): void {
    for (const bytes of datagrams(batch)) this.messages.push(new Message(bytes, 0, bytes.length))
    this.#wake?.()
    this.onBatch(batch)
  }

  error(error: TransportError): void {
    this.errors.push(error)
    this.#wake?.()
  }

  get sequences(): number[] {
    return this.messages.map((message) => message.sequence)
  }

  /** Wait until something holds; it is asked again after each batch and error. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** Copies of a batch's datagrams. */
export function datagrams({ bytes, spans, length }: Batch): Uint8Array[] {
  return Array.from({ length }, (_, i) => bytes.slice(spans[2 * i]!, spans[2 * i]! + spans[2 * i + 1]!))
}
