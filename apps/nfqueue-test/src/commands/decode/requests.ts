import { type Message, messageFlags } from '@nfkit/netlink-codec'

/** Requests that are kept, and bytes of them, at most: an answer that comes later finds its request no more. */
const mostRequests = 4_096
const mostBytes = 4 * 1024 * 1024

/** The requests seen so far, by sequence number, so that a refusal can name the attribute it is about. */
export class Requests {
  readonly #bySequence = new Map<number, Uint8Array>()
  #bytes = 0

  see({ bytes, start, end, flags, sequence }: Message): void {
    if ((flags & messageFlags.request) === 0) return
    this.#forget(sequence)
    // A copy: a view would hold the whole chunk of the file it came in.
    this.#bySequence.set(sequence, bytes.slice(start, end))
    this.#bytes += end - start
    while (this.#bySequence.size > mostRequests || this.#bytes > mostBytes)
      this.#forget(this.#bySequence.keys().next().value!)
  }

  #forget(sequence: number): void {
    this.#bytes -= this.#bySequence.get(sequence)?.length ?? 0
    this.#bySequence.delete(sequence)
  }

  answeredBy({ sequence }: Message): Uint8Array | undefined {
    return this.#bySequence.get(sequence)
  }
}
