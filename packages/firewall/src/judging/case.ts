import type { Packet } from '@nfkit/nfqueue'
import { Ending } from '../ending.ts'
import type { Epoch } from '../policy/epochs.ts'
import { Said } from '../said/said.ts'
import { type Facts, type FindOwner, JudgedConnection } from './connection.ts'
import type { Decision } from './outcome.ts'

/** A connection on which nothing is decided yet, and its packets that wait. */
export class Case {
  /** What tells it from others; `undefined` of a packet that belongs to no connection. */
  readonly key: string | undefined
  readonly facts: Facts
  /** What is heard of it. */
  readonly said: Said
  /** When its judge was asked, on the clock of `performance.now()`. */
  askedAt = 0
  /** What was decided in the end. */
  decision: Decision | undefined
  /** Whether its judge wants to hear what is said. */
  isHeard = false
  /** Whether its judge has promised an answer, which comes when all that came with it was asked about. */
  isPromised = false
  #asked: { readonly epoch: Epoch; readonly connection: JudgedConnection; readonly ending: Ending } | undefined
  #waiting: Packet[] = []

  /** `listen` is called when its judge wants to hear what is said; `heard` is what was said before. */
  constructor(key: string | undefined, facts: Facts, heard: Said | undefined, listen: (one: Case) => void) {
    this.key = key
    this.facts = facts
    const canSpeak = facts.protocol === 'udp' || (facts.protocol === 'tcp' && facts.isNew)
    this.said = heard ?? new Said(canSpeak ? () => listen(this) : undefined)
  }

  /** Under which epoch its judge was asked last. */
  get epoch(): Epoch | undefined {
    return this.#asked?.epoch
  }

  /** What its judge was given last. */
  get connection(): JudgedConnection | undefined {
    return this.#asked?.connection
  }

  /** Whether it is a stream that its judge listens to. */
  get isOverheard(): boolean {
    return this.isHeard && this.facts.protocol === 'tcp'
  }

  /** Whether both its ends have a connection: it is judged in the middle, or was opened to be listened to. */
  get isOpen(): boolean {
    return this.facts.protocol === 'tcp' && (!this.facts.isNew || this.isHeard)
  }

  /** Packets that wait for its judge: those that the queue has judged meanwhile do not. */
  get waiting(): readonly Packet[] {
    this.#waiting = this.#waiting.filter(({ judged }) => !judged)
    return this.#waiting
  }

  /** Ask anew, under this epoch: an answer to what was asked before counts no more. */
  ask(epoch: Epoch, findOwner: FindOwner): JudgedConnection {
    this.end()
    const ending = new Ending()
    const connection = new JudgedConnection(this.facts, { ending, findOwner, said: this.said })
    this.#asked = { epoch, connection, ending }
    this.askedAt = performance.now()
    return connection
  }

  /** Have a packet wait, unless so many do. It is not held yet: its judge may answer at once. */
  add(packet: Packet, most: number): boolean {
    if (this.#waiting.length >= most && this.waiting.length >= most) return false
    this.#waiting.push(packet)
    if (this.isHeard) this.hear(packet)
    return true
  }

  /** What a waiting datagram says, which is kept. */
  hear(packet: Packet): void {
    const { ip } = packet.hold()
    if (ip?.udp) this.said.receive(ip.udp.payload)
  }

  /** Those that wait, who wait no more. */
  take(): readonly Packet[] {
    const { waiting } = this
    this.#waiting = []
    return waiting
  }

  /** No answer is needed any more. */
  end(): void {
    this.#asked?.ending.end()
  }
}
