import type { Packet } from '../packet/packet.ts'
import { genuineThen } from './handler.ts'

/** Who hears how the promise of a packet's handler settled. */
export interface CallsOwner {
  fulfilled(packet: Packet, result: unknown): void
  rejected(packet: Packet, error: unknown): void
}

/** At most so many are kept to be used again. */
const mostFree = 256

/**
 * Handlers whose promises are open. What such a promise calls is made once and used again: of each packet that waits V8's collector would copy two closures, and
 * what they close over.
 */
export class Calls {
  readonly #owner: CallsOwner
  readonly #free: Call[] = []

  constructor(owner: CallsOwner) {
    this.#owner = owner
  }

  /** The owner hears once, when the promise settles. It is the language's own `then` that is called, for no other promises to call back once. */
  follow(packet: Packet, promise: Promise<unknown>): void {
    const call = this.#free.pop() ?? new Call(this)
    call.packet = packet
    genuineThen.call(promise, call.fulfilled, call.rejected)
  }

  /** @internal */
  fulfilled(call: Call, result: unknown): void {
    this.#owner.fulfilled(this.#ended(call), result)
  }

  /** @internal */
  rejected(call: Call, error: unknown): void {
    this.#owner.rejected(this.#ended(call), error)
  }

  #ended(call: Call): Packet {
    const packet = call.packet!
    call.packet = undefined
    if (this.#free.length < mostFree) this.#free.push(call)
    return packet
  }
}

class Call {
  packet: Packet | undefined
  readonly fulfilled: (result: unknown) => void
  readonly rejected: (error: unknown) => void

  constructor(calls: Calls) {
    this.fulfilled = (result) => calls.fulfilled(this, result)
    this.rejected = (error) => calls.rejected(this, error)
  }
}
