import { control, DecodeError, type Message, messageFlags, type Protocol } from '@nfkit/netlink-codec'
import type { Advice } from '../errors.ts'
import { nameOf, refusal } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { stamped } from './message.ts'

/** One message that is answered by one: nothing is acknowledged, and the outcome is what is read of the answer. */
export class Question<T extends object> implements Exchange<T> {
  readonly count = 1
  readonly request: Uint8Array
  readonly #protocol: Protocol
  readonly #read: (answer: Message) => T
  readonly #advice: Advice | undefined

  constructor(request: Uint8Array, protocol: Protocol, read: (answer: Message) => T, advice: Advice | undefined) {
    this.request = request
    this.#protocol = protocol
    this.#read = read
    this.#advice = advice
  }

  datagram(first: number): Uint8Array {
    return stamped(this.request, first, messageFlags.request)
  }

  answer(message: Message): T {
    if (message.type !== control.error) return this.#read(message)
    const refused = refusal(message, this.request, this.#protocol, this.#advice)
    throw refused ?? new DecodeError(nameOf(this.request, this.#protocol), message.start, 'acknowledged, not answered')
  }
}
