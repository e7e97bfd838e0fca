import type { TrackerClock } from '../clock.ts'
import type { Aside, Share } from './aside.ts'
import { type HoldPredicate, Transcript } from './heard.ts'
import type { HoldLimits } from './limits.ts'
import type { ConnectionVerdict, HoldOutcome, HoldReason, Judgement } from './verdict.ts'

/** What a hold needs of its surroundings. */
export interface HoldOwner {
  readonly clock: TrackerClock
  readonly share: Share
  /** It is over, and its packets were released. */
  over(outcome: HoldOutcome, error?: unknown): void
}

/** The packets of one direction, put aside until a predicate has heard enough to say what becomes of all of them. */
export class Hold {
  /** Position where it began: bytes before it went on already. */
  readonly from: number
  /** Settles with it; never rejects. */
  readonly outcome: Promise<HoldOutcome>
  readonly #predicate: HoldPredicate
  readonly #limits: HoldLimits
  readonly #owner: HoldOwner
  /** Runs from the first packet on: a hold without any takes no time of anybody's, and who connects and waits does not outlast it. */
  #cancelTimer: (() => void) | undefined
  readonly #transcript = new Transcript()
  #packets: Aside[] = []
  /** Whether a promise of the predicate is open. */
  #asked = false
  /** How much the predicate has heard. */
  #heard = 0
  #heardEnd = false
  #ended = false
  #over = false
  #settle!: (outcome: HoldOutcome) => void

  constructor(from: number, predicate: HoldPredicate, limits: HoldLimits, owner: HoldOwner) {
    this.from = from
    this.#predicate = predicate
    this.#limits = limits
    this.#owner = owner
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** More was said, or all: ask the predicate. */
  hear(chunk: Uint8Array, ended: boolean): void {
    if (this.#over) return
    if (this.#transcript.size + chunk.length > this.#limits.bytes) {
      this.end('unjudged', 'bytes')
      return
    }
    this.#transcript.add(chunk)
    this.#ended ||= ended
    if (!this.#asked) this.#ask()
  }

  /** Keep a packet until the end. `false` when the hold is over by it: the packet has to be judged like the others. */
  put(packet: Aside): boolean {
    if (!this.#over && this.#packets.length >= this.#limits.packets) this.end('unjudged', 'packets')
    if (this.#over || !this.#owner.share.take(this)) return false
    this.#packets.push(packet)
    this.#cancelTimer ??= this.#owner.clock.after(this.#limits.milliseconds, () => this.end('unjudged', 'time'))
    return true
  }

  /** There is no room for its packets. */
  yield(): void {
    this.end('unjudged', 'share')
  }

  /** One verdict for all. */
  end(verdict: ConnectionVerdict, reason: HoldReason, error?: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTimer?.()
    const packets = this.#packets
    this.#packets = []
    this.#owner.share.give(this, packets.length)
    const outcome = { verdict, reason }
    this.#owner.over(outcome, error)
    for (const packet of packets) packet.release(verdict)
    this.#settle(outcome)
  }

  #ask(): void {
    const { bytes } = this.#transcript
    const chunk = bytes.subarray(this.#heard)
    this.#heard = bytes.length
    this.#heardEnd = this.#ended
    let answer: ReturnType<HoldPredicate>
    try {
      answer = this.#predicate({ bytes, chunk, ended: this.#ended })
    } catch (error) {
      this.end('unjudged', 'failed', error)
      return
    }
    if (typeof answer !== 'object') {
      this.#answered(answer)
      return
    }
    this.#asked = true
    Promise.resolve(answer).then(
      (judgement) => {
        this.#asked = false
        this.#answered(judgement)
      },
      (error: unknown) => this.end('unjudged', 'failed', error),
    )
  }

  #answered(judgement: Judgement | undefined): void {
    if (this.#over) return
    if (judgement === 'accept' || judgement === 'drop') this.end(judgement, 'judged')
    else if (judgement !== undefined)
      this.end('unjudged', 'failed', new TypeError(`expected 'accept', 'drop' or undefined, not ${String(judgement)}`))
    else if (this.#heard < this.#transcript.size || this.#heardEnd !== this.#ended) this.#ask()
    else if (this.#ended) this.end('unjudged', 'ended')
  }
}
