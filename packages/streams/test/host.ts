/** Which copy a host keeps where bytes came twice while they waited for those before them. */
export type Favour = 'first' | 'last'

/**
 * The receiving half of a host, as plain as can be: one byte at a time. It reads what goes on, and favours the first or the last copy
 * of a byte that waits: hosts do either, by rules of their own.
 */
export class ReceivingHost {
  readonly #favour: Favour
  readonly #waiting = new Map<number, number>()
  readonly #ends = new Set<number>()
  readonly read: number[] = []
  hasEnded = false

  constructor(favour: Favour) {
    this.#favour = favour
  }

  /** Data arrives at a position, and the end behind it. */
  take(position: number, data: Uint8Array, fin = false): void {
    if (this.hasEnded) return
    if (fin) this.#ends.add(position + data.length)
    for (const [i, byte] of data.entries()) {
      const at = position + i
      if (at < this.read.length || (this.#favour === 'first' && this.#waiting.has(at))) continue
      this.#waiting.set(at, byte)
    }
    for (;;) {
      this.hasEnded = this.#ends.has(this.read.length)
      const byte = this.#waiting.get(this.read.length)
      if (this.hasEnded || byte === undefined) return
      this.#waiting.delete(this.read.length)
      this.read.push(byte)
    }
  }
}
