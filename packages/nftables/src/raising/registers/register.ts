import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Looked } from '../members.ts'
import type { Source } from './source.ts'

/** What a register holds. */
export interface Held {
  /** Bytes of it. */
  readonly length: number
  /** Where they come from; `undefined` when that has no words. */
  readonly source?: Source
  /** Of a constant: its bytes. */
  readonly constant?: Uint8Array
  /** Of what a map led to: the look-up. */
  readonly looked?: Looked
  /** Bits that were kept, and those turned over then. */
  readonly mask?: Uint8Array
  readonly xor?: Uint8Array
  /** How far what was kept was moved to the right. */
  readonly shift?: number
  /** Whether numbers were turned to network order. */
  readonly turned?: true
  /** The expressions that made it so. */
  readonly by: readonly Expression[]
}

/** Where a register begins, in words of four bytes: 1 to 4 are of 16 bytes each, 8 to 23 of four (nft_parse_register, nf_tables_api.c). */
const placeOf = (register: number): number => (register >= 8 ? register - 8 : 4 * (register - 1))

/** Words that so many bytes take: at least one. */
const words = (length: number): number => Math.max(1, Math.ceil(length / 4))

/** The registers while a rule is gone through. */
export class Registers {
  readonly #held = new Map<number, Held>()

  set(register: number, held: Held): void {
    const place = placeOf(register)
    // What has no words may be longer than is known.
    const end = place + (held.source || held.constant ? words(held.length) : Math.max(4, words(held.length)))
    for (const [at, other] of this.#held) if (at < end && place < at + words(other.length)) this.#held.delete(at)
    this.#held.set(place, held)
  }

  get(register: number | undefined): Held | undefined {
    return register === undefined ? undefined : this.#held.get(placeOf(register))
  }

  /** What a key of so many bytes was loaded as, part by part; `undefined` when some of it was not. */
  parts(register: number | undefined, length: number): readonly Held[] | undefined {
    if (register === undefined) return undefined
    const parts: Held[] = []
    const start = placeOf(register)
    for (let place = start; place < start + words(length); place += words(parts.at(-1)!.length)) {
      const held = this.#held.get(place)
      if (held === undefined) return undefined
      parts.push(held)
    }
    return parts
  }

  /** Something was written that registers may have been loaded from. */
  clear(): void {
    this.#held.clear()
  }
}
