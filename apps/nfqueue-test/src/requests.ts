import { type Message, messageFlags } from '@nfkit/netlink-codec'

/** Answers that come this many requests later find theirs no more. */
const memory = 4_096

/** The requests seen so far, by sequence number, so that a refusal can name the attribute it is about. */
export class Requests {
  readonly #bySequence = new Map<number, Uint8Array>()

  see({ bytes, start, end, flags, sequence }: Message): void {
    if ((flags & messageFlags.request) === 0) return
    this.#bySequence.delete(sequence)
    this.#bySequence.set(sequence, bytes.subarray(start, end))
    if (this.#bySequence.size > memory) this.#bySequence.delete(this.#bySequence.keys().next().value!)
  }

  answeredBy({ sequence }: Message): Uint8Array | undefined {
    return this.#bySequence.get(sequence)
  }
}
