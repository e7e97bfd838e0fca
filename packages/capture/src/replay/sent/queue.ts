import type { ReplaySocket } from '../socket.ts'
import type { ComparedMessage, Comparison } from './message.ts'

/** A message our code sent that has not been compared with the recording yet. */
export interface Sent {
  readonly socket: ReplaySocket
  readonly message: ComparedMessage
}

/** What was sent in place of a recorded message. */
export interface Match {
  readonly sent: Sent
  readonly equal: boolean
  /** What was sent before it and should have come after it. */
  readonly before: ComparedMessage | undefined
}

/** Messages our code sent, until the recording comes to them. */
export class SentQueue {
  readonly #comparison: Comparison
  #sent: Sent[] = []

  constructor(comparison: Comparison) {
    this.#comparison = comparison
  }

  get length(): number {
    return this.#sent.length
  }

  add(sent: Sent): void {
    this.#sent.push(sent)
  }

  /** Take what was sent on a socket (`undefined` for any) in place of a recorded message: an equal message, else one about the same. */
  match(socket: string | undefined, recorded: ComparedMessage): Match | undefined {
    const comparison = this.#comparison
    const candidates = this.#on(socket)
    const equal = candidates.findIndex(({ message }) => message.same(comparison) === recorded.same(comparison))
    const index = equal >= 0 ? equal : candidates.findIndex(({ message }) => message.subject === recorded.subject)
    if (index < 0) return undefined
    const sent = candidates[index]!
    const overtaken = candidates.slice(0, index).find(({ message }) => !(message.isVerdict && recorded.isVerdict))
    this.#sent.splice(this.#sent.indexOf(sent), 1)
    return { sent, equal: equal >= 0, before: overtaken?.message }
  }

  /** What was sent on a socket and not yet compared. */
  on(socket: string | undefined): ComparedMessage[] {
    return this.#on(socket).map(({ message }) => message)
  }

  /** Take all that was sent on a socket. */
  takeAll(socket: string | undefined): Sent[] {
    const taken = this.#on(socket)
    this.#sent = this.#sent.filter((sent) => !taken.includes(sent))
    return taken
  }

  #on(socket: string | undefined): Sent[] {
    return socket === undefined ? [...this.#sent] : this.#sent.filter((sent) => sent.socket.name === socket)
  }
}
