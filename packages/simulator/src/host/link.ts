import { parseIp, rewrite } from '@nfkit/ip-codec'
import type { Random } from '../random.ts'
import type { Timers } from './retransmission.ts'

/** What a link does to packets, each with a probability from 0 to 1. */
export interface LinkTerms {
  /** They are lost. */
  readonly loss: number
  /** They come up to 20 milliseconds later than those behind them. */
  readonly reorder: number
  /** They come twice. */
  readonly duplicate: number
}

/** A wire between a host and the kernel, the same for one seed. */
export class Link {
  readonly #terms: LinkTerms
  readonly #timers: Timers
  readonly #random: Random

  constructor(terms: LinkTerms, timers: Timers, random: Random) {
    this.#terms = terms
    this.#timers = timers
    this.#random = random
  }

  /** Carry a packet to `arrive`. */
  carry(bytes: Uint8Array, arrive: (bytes: Uint8Array) => void): void {
    const { loss, reorder, duplicate } = this.#terms
    if (this.#happens(loss)) return
    if (this.#happens(duplicate)) arrive(bytes)
    if (this.#happens(reorder)) this.#timers.after(1 + (this.#random() % 20), () => arrive(bytes))
    else arrive(bytes)
  }

  #happens(probability: number): boolean {
    return probability > 0 && this.#random() / 0x1_0000_0000 < probability
  }
}

/**
 * A super-packet as the device sends it, in packets of up to `size` bytes of data. What had more than one segment, and was rewritten to
 * one or less, is lost, as Linux loses it.
 */
export function segments(bytes: Uint8Array, size: number, before: number): Uint8Array[] {
  const ip = parseIp(bytes)
  const { tcp } = ip ?? {}
  if (ip === undefined || tcp === undefined || before <= size) return [bytes]
  const { payload, sequence, fin, psh } = tcp
  if (payload.length <= size) return payload.length === before ? [bytes] : []
  const out: Uint8Array[] = []
  for (let at = 0; at < payload.length; at += size) {
    const last = at + size >= payload.length
    out.push(
      rewrite(ip, {
        payload: payload.subarray(at, at + size),
        tcp: { sequence: (sequence + at) >>> 0, flags: { fin: fin && last, psh: psh && last } },
      }),
    )
  }
  return out
}
