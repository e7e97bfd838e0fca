import type { Packet } from '@nfkit/nfqueue'
import type { FirewallVerdict } from '../marks.ts'
import type { Epoch } from '../policy/epochs.ts'
import { Archive } from '../said/archive.ts'
import { type Hearing, Listening, type ListeningLimits } from '../said/listening.ts'
import { type ConnectionJudge, isPromised, verdictNamed } from './answer.ts'
import { Refusal } from './breaking-off/refusal.ts'
import { Case } from './case.ts'
import type { FindOwner, JudgedConnection } from './connection.ts'
import { Counts } from './counts.ts'
import { Docket } from './docket.ts'
import { factsOf } from './facts.ts'
import type { FlowSubject } from './flow.ts'
import { Giving, type GivingTerms } from './giving.ts'
import { identityOf } from './identity.ts'
import { type DecisionLeft, Memory } from './memory.ts'
import type { ConnectionJudged, Decision, JudgeFailure } from './outcome.ts'

/** How much may wait. */
export interface BenchLimits extends ListeningLimits {
  /** Connections whose judge has not answered. */
  readonly undecided: number
}

/** What judging needs. */
export interface BenchTerms extends GivingTerms {
  readonly judge: ConnectionJudge
  readonly limits: BenchLimits
  readonly findOwner: FindOwner
  /** Breaks a connection of this host off at both ends. Resolves to whether it did, and never rejects. */
  readonly breakOff: (connection: JudgedConnection) => Promise<boolean>
  /** The epoch that is in force. */
  readonly epoch: () => Epoch
  /** Send the verdicts there are. */
  readonly send: () => void
  /** A connection has its verdict. */
  readonly decided: (judged: ConnectionJudged) => void
  /** The judge has thrown. */
  readonly failed: (failure: JudgeFailure) => void
}

/** Remembered decisions: packets on their way are few, and refused ones that the kernel forgot. */
const memorySize = 8_192

/** Where connections are judged: each once an epoch, however many of its packets come. */
export class Bench {
  readonly counts = new Counts()
  readonly #terms: BenchTerms
  readonly #docket: Docket
  readonly #memory = new Memory(memorySize)
  readonly #archive = new Archive()
  readonly #listening: Listening
  readonly #giving: Giving

  constructor(terms: BenchTerms) {
    this.#terms = terms
    this.#giving = new Giving(terms, this.counts)
    this.#docket = new Docket(terms.limits.undecided)
    this.#listening = new Listening(terms.limits, terms.trouble)
  }

  /** Connections that wait for an answer. */
  get undecided(): number {
    return this.#docket.size
  }

  /** For a queue's `run`. */
  readonly take = (packet: Packet): undefined => {
    this.counts.packets++
    const identity = identityOf(packet)
    const { key } = identity
    const epoch = this.#terms.epoch()
    const known = key === undefined ? undefined : this.#memory.get(key, epoch)
    if (known !== undefined) {
      this.counts.remembered++
      this.#giving.decide(packet, known)
      return
    }
    const open = this.#docket.find(key)
    if (open?.isOverheard) this.#listening.push(packet, this.#hearing(open))
    else if (open) {
      if (open.add(packet, this.#terms.limits.waitingPackets)) packet.hold()
      else this.#giving.leave(packet)
    } else if (this.#docket.makeRoom()) {
      const heard = key === undefined || identity.isNew ? undefined : this.#archive.get(key)
      const one = new Case(key, factsOf(packet, identity), heard, (of) => this.#listen(of))
      this.#docket.add(one)
      one.add(packet, 1)
      this.#ask(one)
      if (!packet.judged) packet.hold()
    } else this.#giving.leave(packet)
  }

  /** The policy has changed: ask again about connections that wait. */
  reconsider(): void {
    this.#askAgain(this.#docket.all)
  }

  /** The same of some of them; what was decided of such connections is forgotten. */
  reconsiderSome(is: (connection: FlowSubject) => boolean): void {
    this.#memory.forget(is)
    this.#askAgain(this.#docket.all.filter(({ connection }) => connection && is(connection)))
  }

  /** What the next firewall has to know of recent decisions. */
  readonly left = (): readonly DecisionLeft[] => this.#memory.left(this.#terms.epoch())

  /** What another firewall has left. */
  readonly takeOver = (left: readonly DecisionLeft[]): void => this.#memory.takeOver(left, this.#terms.epoch())

  /** No answer is needed any more; packets that wait are left. */
  close(): void {
    for (const one of this.#docket.all) this.#docket.close(one)
    this.#listening.close()
  }

  #askAgain(cases: readonly Case[]): void {
    for (const one of cases) {
      this.counts.outdated++
      if (one.waiting.length === 0 && !one.isOverheard) this.#docket.close(one)
      else this.#ask(one)
    }
  }

  #ask(one: Case): void {
    one.decision = undefined
    one.isPromised = false
    const connection = one.ask(this.#terms.epoch(), this.#terms.findOwner)
    const unlessOutdated = (act: () => void) => {
      if (!connection.isOver) act()
    }
    try {
      const answer = this.#terms.judge(connection)
      if (!isPromised(answer)) {
        this.#answered(one, answer)
        return
      }
      one.isPromised = true
      Promise.resolve(answer).then(
        (later) => unlessOutdated(() => this.#answered(one, later)),
        (error: unknown) => unlessOutdated(() => this.#failed(one, error)),
      )
    } catch (error) {
      this.#failed(one, error)
    }
  }

  #answered(one: Case, answer: unknown): void {
    let verdict: FirewallVerdict
    try {
      verdict = verdictNamed(answer)
    } catch (error) {
      this.#failed(one, error)
      return
    }
    const milliseconds = performance.now() - one.askedAt
    const connection = one.connection!
    one.decision = { verdict, epoch: one.epoch!, connection }
    if (verdict !== 'reject' || !one.isOpen) {
      this.#settle(one, one.decision, milliseconds)
      return
    }
    // Both ends have an open connection: the one that is not told now would keep it.
    const { decision } = one
    this.#terms.breakOff(connection).then((isDestroyed) => {
      if (connection.isOver) return
      one.decision = { ...decision, refusal: new Refusal(isDestroyed) }
      this.#settle(one, one.decision, milliseconds)
    })
  }

  #settle(one: Case, decision: Decision, milliseconds: number): void {
    const { key } = one
    const { connection, verdict, epoch } = decision
    this.#docket.close(one)
    const packets = one.take()
    this.counts.judged[verdict]++
    for (const packet of packets) this.#giving.decide(packet, decision)
    // Who waits to connect need not wait for the rest. Where others are judged yet, or come after this one, all leave together.
    if (one.isPromised && this.#docket.size === 0) this.#terms.send()
    if (key !== undefined) {
      this.#memory.set(key, decision)
      this.#archive.keep(key, one.said)
    }
    this.#hush(one, verdict)
    this.#terms.decided({ connection, verdict, epoch: epoch.serial, milliseconds, packets: packets.length })
  }

  #failed(one: Case, error: unknown): void {
    this.#docket.close(one)
    for (const packet of one.take()) this.#giving.leave(packet)
    this.#hush(one, this.#terms.onUnjudged)
    this.#terms.failed({ connection: one.connection!, epoch: one.epoch!.serial, error })
  }

  /** Its judge wants to hear what is said. */
  #listen(one: Case): void {
    one.isHeard = true
    if (one.isOverheard) for (const packet of one.take()) this.#listening.push(packet, this.#hearing(one))
    else for (const packet of one.waiting) one.hear(packet)
  }

  /** It is listened to no more, and what was held of it goes its way. */
  #hush(one: Case, verdict: FirewallVerdict): void {
    if (!one.isHeard) return
    one.said.decide(verdict === 'accept' ? 'accept' : 'drop')
    if (one.facts.tuple !== undefined) this.#listening.end(one.facts.tuple)
  }

  /** While nothing is decided, what passes leaves the connection open; afterwards, its packets bring what was decided. */
  #hearing(one: Case): Hearing {
    const { marks } = this.#terms
    const markOf = ({ verdict, epoch }: Decision) => marks.of(verdict, epoch.number)
    return {
      said: one.said,
      pass: (packet, payload) => this.#giving.mark(packet, one.decision ? markOf(one.decision) : marks.open, payload),
      drop: (packet) => {
        if (one.decision && one.decision.verdict !== 'accept') this.#giving.decide(packet, one.decision)
        else this.#giving.drop(packet)
      },
      leave: (packet) => {
        if (one.decision) this.#giving.decide(packet, one.decision)
        else this.#giving.leave(packet)
      },
    }
  }
}
