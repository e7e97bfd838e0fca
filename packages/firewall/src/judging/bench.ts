import type { Packet } from '@nfkit/nfqueue'
import type { MarkBits } from '../marks/mask.ts'
import type { Epoch } from '../policy/epochs.ts'
import { type ConnectionJudge, type ConnectionVerdict, isPromised, verdictNamed } from './answer.ts'
import { Case } from './case.ts'
import { type FindOwner, JudgedConnection } from './connection.ts'
import { Counts } from './counts.ts'
import { identityOf } from './identity.ts'
import { Memory } from './memory.ts'

/** How much may wait. */
export interface BenchLimits {
  /** Connections whose judge has not answered. */
  readonly undecided: number
  /** Packets of one of them. */
  readonly waitingPackets: number
}

/** What judging needs. */
export interface BenchTerms {
  readonly judge: ConnectionJudge
  readonly marks: MarkBits
  readonly limits: BenchLimits
  /** What becomes of packets on which nothing is decided. */
  readonly onUnjudged: 'accept' | 'drop'
  readonly findOwner: FindOwner
  /** The epoch that is in force. */
  readonly epoch: () => Epoch
  /** A connection has its verdict. */
  readonly decided: (judged: Judged) => void
  /** The judge has thrown. */
  readonly failed: (failure: JudgeFailure) => void
  /** A verdict could not be given. */
  readonly trouble: (error: Error) => void
}

/** A connection that has its verdict. */
export interface Judged {
  /** The connection. */
  readonly connection: JudgedConnection
  /** What its judge said. */
  readonly verdict: ConnectionVerdict
  /** How long its judge took, in milliseconds. */
  readonly milliseconds: number
  /** How many of its packets waited. */
  readonly packets: number
}

/** A judge that gave no verdict. */
export interface JudgeFailure {
  /** The connection that was judged. */
  readonly connection: JudgedConnection
  /** What was thrown. */
  readonly error: unknown
}

/** Remembered decisions: packets on their way are few, and refused ones that the kernel forgot. */
const memorySize = 8_192

/** Where connections are judged: each once an epoch, however many of its packets come. */
export class Bench {
  readonly counts = new Counts()
  readonly #terms: BenchTerms
  readonly #cases = new Map<string, Case>()
  readonly #alone = new Set<Case>()
  readonly #memory = new Memory(memorySize)

  constructor(terms: BenchTerms) {
    this.#terms = terms
  }

  /** Connections that wait for an answer. */
  get undecided(): number {
    return this.#cases.size + this.#alone.size
  }

  /** For a queue's `run`. */
  readonly take = (packet: Packet): undefined => {
    this.counts.packets++
    const { key } = identityOf(packet)
    const known = key === undefined ? undefined : this.#memory.get(key, this.#terms.epoch().serial)
    if (known !== undefined) {
      this.counts.remembered++
      this.#give([packet], known, this.#terms.epoch())
      return
    }
    const open = key === undefined ? undefined : this.#cases.get(key)
    if (open !== undefined) {
      if (!open.add(packet, this.#terms.limits.waitingPackets)) this.#leave([packet])
    } else if (this.#hasRoom()) this.#open(key, packet)
    else this.#leave([packet])
  }

  /** The policy has changed: ask again about connections that wait. */
  reconsider(): void {
    this.#askAgain([...this.#cases.values(), ...this.#alone])
  }

  /** The same of some of them; what was decided of such connections is forgotten. */
  reconsiderSome(is: (connection: JudgedConnection) => boolean): void {
    this.#memory.forget(is)
    this.#askAgain([...this.#cases.values(), ...this.#alone].filter(({ connection }) => connection && is(connection)))
  }

  /** No answer is needed any more; packets that wait are left to the queue. */
  close(): void {
    for (const one of [...this.#cases.values(), ...this.#alone]) this.#close(one)
  }

  #askAgain(cases: readonly Case[]): void {
    for (const one of cases) {
      this.counts.outdated++
      if (one.waiting.length === 0) this.#close(one)
      else this.#ask(one)
    }
  }

  /** Room is made by a connection none of whose packets waits any more. */
  #hasRoom(): boolean {
    if (this.undecided < this.#terms.limits.undecided) return true
    for (const one of [...this.#alone, ...this.#cases.values()]) {
      if (one.waiting.length > 0) continue
      this.#close(one)
      return true
    }
    return false
  }

  #open(key: string | undefined, packet: Packet): void {
    const one = new Case(key)
    if (key === undefined) this.#alone.add(one)
    else this.#cases.set(key, one)
    one.add(packet, 1)
    this.#ask(one)
  }

  #close(one: Case): void {
    one.end()
    if (one.key === undefined) this.#alone.delete(one)
    else this.#cases.delete(one.key)
  }

  /** About a connection of which a packet waits. */
  #ask(one: Case): void {
    const connection = one.ask(this.#terms.epoch(), (packet, signal) =>
      JudgedConnection.of(packet, signal, this.#terms.findOwner),
    )
    const unlessOutdated = (act: () => void) => {
      if (!connection.signal.aborted) act()
    }
    try {
      const answer = this.#terms.judge(connection)
      if (!isPromised(answer)) {
        this.#answered(one, answer)
        return
      }
      Promise.resolve(answer).then(
        (later) => unlessOutdated(() => this.#answered(one, later)),
        (error: unknown) => unlessOutdated(() => this.#failed(one, error)),
      )
    } catch (error) {
      this.#failed(one, error)
    }
  }

  #answered(one: Case, answer: unknown): void {
    let verdict: ConnectionVerdict
    try {
      verdict = verdictNamed(answer)
    } catch (error) {
      this.#failed(one, error)
      return
    }
    const { key, connection, epoch, askedAt } = one
    this.#close(one)
    if (key !== undefined) this.#memory.set(key, epoch!.serial, verdict, connection!)
    const packets = one.take()
    this.counts.judged[verdict]++
    this.#give(packets, verdict, epoch!)
    const milliseconds = performance.now() - askedAt
    this.#terms.decided({ connection: connection!, verdict, milliseconds, packets: packets.length })
  }

  #failed(one: Case, error: unknown): void {
    const { connection } = one
    this.#close(one)
    this.#leave(one.take())
    this.#terms.failed({ connection: connection!, error })
  }

  /** The mark says what was decided; the chain that queued the packet sees it again, and does it. */
  #give(packets: readonly Packet[], verdict: ConnectionVerdict, { number }: Epoch): void {
    const { marks } = this.#terms
    const value = marks.of(verdict, number)
    for (const packet of packets) this.#try(() => packet.repeat({ mark: marks.with(packet.mark, value) }))
  }

  /** Nothing is decided, and nothing is kept. */
  #leave(packets: readonly Packet[]): void {
    this.counts.unjudged += packets.length
    for (const packet of packets) this.#try(() => packet[this.#terms.onUnjudged]())
  }

  #try(give: () => void): void {
    try {
      give()
    } catch (error) {
      this.#terms.trouble(error as Error)
    }
  }
}
