import type { Packet } from '../packet/packet.ts'

/** Who hears how a handler's promise settled. */
export interface CallsOwner {
  fulfilled(packet: Packet, result: unknown): void
  rejected(packet: Packet, error: unknown): void
}

/** So many that are over are kept. */
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

  /** The owner hears of it once, for a genuine promise calls one of two functions, and that once. */
  follow(packet: Packet, promise: Promise<unknown>): void {
    const call = this.#free.pop() ?? new Call(this)
    call.packet = packet
    promise.then(call.fulfilled, call.rejected)
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
