import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Source } from './source.ts'

/** What a register holds. */
export interface Held {
  /** Bytes of it. */
  readonly length: number
  /** Where they come from; `undefined` when that has no words. */
  readonly source?: Source
  /** Of a constant: its bytes. */
  readonly constant?: Uint8Array
  /** Bits that were kept, and those turned over then. */
  readonly mask?: Uint8Array
  readonly xor?: Uint8Array
  /** Whether numbers were turned to network order. */
  readonly turned?: true
  /** The expressions that made it so. */
  readonly by: readonly Expression[]
}

/** Where a register begins, in words of four bytes: 1 to 4 are of 16 bytes each, 8 to 23 of four (`nft_parse_register`, nf_tables_api.c). */
const placeOf = (register: number): number => (register >= 8 ? register - 8 : 4 * (register - 1))

const words = (length: number): number => Math.ceil(length / 4)

/** The registers while a rule is gone through. */
export class Registers {
  readonly #held = new Map<number, Held>()

  set(register: number, held: Held): void {
    const place = placeOf(register)
    for (const [at, other] of this.#held)
      if (at < place + words(held.length) && place < at + words(other.length)) this.#held.delete(at)
    this.#held.set(place, held)
  }

  get(register: number | undefined): Held | undefined {
    return register === undefined ? undefined : this.#held.get(placeOf(register))
  }

  /** What a key of so many bytes is made of, when it was loaded part by part. */
  parts(register: number | undefined, length: number): Held[] | undefined {
    if (register === undefined) return undefined
    const parts: Held[] = []
    for (let place = placeOf(register), left = words(length); left > 0; ) {
      const held = this.#held.get(place)
      if (held === undefined) return undefined
      parts.push(held)
      place += words(held.length)
      left -= words(held.length)
    }
    return parts
  }

  /** What is known of every register is known no more: something was written that a register may have been loaded from. */
  all(): IterableIterator<Held> {
    return this.#held.values()
  }
}
