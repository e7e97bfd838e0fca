import type { Packet } from '@nfkit/nfqueue'
import type { MarkBits } from '../marks.ts'
import type { Counts } from './counts.ts'
import type { Decision } from './outcome.ts'

/** What giving needs. */
export interface GivingTerms {
  readonly marks: MarkBits
  /** What becomes of packets on which nothing is decided. */
  readonly onUnjudged: 'accept' | 'drop'
  /** A verdict could not be given. */
  readonly trouble: (error: Error) => void
}

/** Gives packets their verdicts. One that fails is told, and costs no other packet its own. */
export class Giving {
  readonly #terms: GivingTerms
  readonly #counts: Counts

  constructor(terms: GivingTerms, counts: Counts) {
    this.#terms = terms
    this.#counts = counts
  }

  /** What was decided of its connection. */
  decide(packet: Packet, { verdict, epoch, refusal }: Omit<Decision, 'connection'>): void {
    const made = refusal?.made(packet)
    if (made === 'again') this.drop(packet)
    else this.mark(packet, this.#terms.marks.of(verdict, epoch.number), made)
  }

  /** The mark says what was decided; the chain that queued the packet sees it again, and does it. */
  mark(packet: Packet, value: number, payload?: Uint8Array): void {
    const mark = this.#terms.marks.with(packet.mark, value)
    this.#try(() => packet.repeat(payload === undefined ? { mark } : { mark, payload }))
  }

  /** It goes no further, and nothing is kept. */
  drop(packet: Packet): void {
    this.#try(() => packet.drop())
  }

  /** Nothing is decided, and nothing is kept. */
  leave(packet: Packet): void {
    this.#counts.unjudged++
    this.#try(() => packet[this.#terms.onUnjudged]())
  }

  #try(give: () => void): void {
    try {
      give()
    } catch (error) {
      this.#terms.trouble(error as Error)
    }
  }
}
