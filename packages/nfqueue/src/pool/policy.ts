import { PoolError } from './failure.ts'

/** A message, in a box: `undefined` is a message, too. */
export interface Message {
  readonly value: unknown
}

/**
 * A copy of the message as it was at the call is sent, so that later workers have the same. Throws
 * `PoolError` when it cannot be copied.
 */
export function messageOf(value: unknown, queues: readonly number[]): Message {
  try {
    return { value: structuredClone(value) }
  } catch (cause) {
    throw new PoolError(queues, 'unclonable', { cause })
  }
}

/** The messages of which the last one is what a new worker starts with: none that a worker has refused. */
export class Policy {
  /** The last is in force. Those before it come back when it is refused; an answered message has none before it. */
  #messages: readonly Message[]

  constructor(first: Message | undefined) {
    this.#messages = first ? [first] : []
  }

  get inForce(): Message | undefined {
    return this.#messages.at(-1)
  }

  add(message: Message): void {
    this.#messages = [...this.#messages, message]
  }

  /** No worker has refused it, and none will. */
  keep(message: Message): void {
    const at = this.#messages.indexOf(message)
    if (at > 0) this.#messages = this.#messages.slice(at)
  }

  withdraw(message: Message): void {
    this.#messages = this.#messages.filter((one) => one !== message)
  }
}
