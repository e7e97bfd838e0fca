/** Bytes of a sheet. */
export const sizeLimit = 0x4_0000

/** Words of as many verdicts as a burst has packets by default, each of eight. */
const burstWords = 62 * 8

/** Memory for messages. */
export class Sheet {
  readonly words = new Uint32Array(sizeLimit >>> 2)
  readonly bytes = new Uint8Array(this.words.buffer)
  readonly #views: Uint8Array[] = Array(burstWords + 1)

  /** So many words, as bytes. As many as the verdicts of a burst are sent again and again. */
  first(words: number): Uint8Array {
    if (words > burstWords) return new Uint8Array(this.bytes.buffer, 0, words * 4)
    this.#views[words] ??= new Uint8Array(this.bytes.buffer, 0, words * 4)
    return this.#views[words]!
  }
}
