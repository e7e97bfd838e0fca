import type { Handler, Packet, Returned, Verdict, VerdictWord } from '@nfkit/nfqueue'
import type { Decision } from '../decision.ts'
import { carryOut, decide, type Policy } from './policy.ts'

/** Prepares to show what becomes of a packet while it can be read; what it returns shows it, once the verdict is given. */
export type Show = (decision: Decision) => () => void

/** Gives a packet its verdict, and has it shown. `count`: the packet's number, from 1. */
export type Judge = (packet: Packet, count: number, show: Show) => Returned

const words: readonly unknown[] = ['accept', 'drop', 'repeat', 'stop'] satisfies VerdictWord[]

/** The same for every packet. */
export const policyJudge =
  (policy: Policy): Judge =>
  (packet, count, show) => {
    const decision = decide(policy, count)
    const shown = show(decision)
    carryOut(packet, decision)
    shown()
  }

/** What a handler decides; `unjudged` is the queue's verdict for packets it decides nothing about. */
export const handlerJudge =
  (handler: Handler, unjudged: Verdict): Judge =>
  (packet, _count, show) => {
    const witness = new Witness(packet, show)
    const left = (reason: string, result?: unknown) => {
      // A verdict by its name is given when the handler is done, and seen then.
      if (witness.hasDecision || words.includes(result)) return
      show({ verdict: unjudged, changes: {}, unjudged: reason })()
    }
    let result: Returned
    try {
      result = handler(packet)
    } catch (error) {
      left('threw')
      throw error
    }
    if (!(result instanceof Promise)) {
      left('forgotten', result)
      return result
    }
    return result.then(
      (settled: unknown) => {
        left('forgotten', settled)
        return settled
      },
      (error: unknown) => {
        left('rejected')
        throw error
      },
    )
  }

/** Sees which verdict a packet gets: its verdict methods tell, and then do what they do. */
class Witness {
  #decided: boolean | undefined
  readonly #packet: Packet
  readonly #show: Show

  constructor(packet: Packet, show: Show) {
    this.#packet = packet
    this.#show = show
    const { requeue, judge, hold } = packet
    for (const verdict of ['accept', 'drop', 'repeat', 'stop'] as const) {
      const give = packet[verdict]
      packet[verdict] = (changes = {}) => this.#see({ verdict, changes }, () => give.call(packet, changes))
    }
    packet.requeue = (queue, options = {}) => {
      const { bypass, ...changes } = options
      this.#see({ verdict: { queue, bypass }, changes }, () => requeue.call(packet, queue, options))
    }
    packet.judge = (verdict, changes = {}) =>
      this.#see({ verdict, changes }, () => judge.call(packet, verdict, changes))
    packet.hold = () => {
      hold.call(packet)
      this.#decided ??= false
      return packet
    }
  }

  /** Whether a verdict was given, or announced by `hold`. */
  get hasDecision(): boolean {
    return this.#decided !== undefined || this.#packet.judged
  }

  #see<T>(decision: Decision, give: () => T): T {
    // A second verdict throws, and must not be shown.
    const shown = this.#packet.judged ? undefined : this.#show(decision)
    const result = give()
    this.#decided = true
    shown?.()
    return result
  }
}
