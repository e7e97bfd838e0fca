import { control, type Message, messageFlags, type Protocol } from '@nfkit/netlink-codec'
import type { Advice } from '../errors.ts'
import { refusal } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { owned, stamped } from './message.ts'

/** One message and its acknowledgement; the outcome is what came before that. */
export class SingleRequest implements Exchange<Message[]> {
  readonly count = 1
  readonly request: Uint8Array
  readonly #protocol: Protocol
  readonly #advice: Advice | undefined
  readonly #replies: Message[] = []

  constructor(request: Uint8Array, protocol: Protocol, advice: Advice | undefined) {
    this.request = request
    this.#protocol = protocol
    this.#advice = advice
  }

  datagram(first: number): Uint8Array {
    return stamped(this.request, first, messageFlags.request | messageFlags.ack)
  }

  answer(message: Message): Message[] | undefined {
    if (message.type !== control.error) {
      this.#replies.push(owned(message))
      return undefined
    }
    const refused = refusal(message, this.request, this.#protocol, this.#advice)
    if (refused) throw refused
    return this.#replies
  }
}
