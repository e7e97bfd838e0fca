import { type Message, type Protocol, u32 } from '@nfkit/netlink-codec'
import * as check from '../check.ts'
import { NoAnswerError } from '../errors.ts'
import type { Transport } from '../transport.ts'
import { nameOf } from './answer.ts'
import { deadline } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import type { RequestOptions } from './options.ts'
import { SequenceNumbers } from './sequence-numbers.ts'

/** An exchange, as its answers find it. Neither method throws. */
export interface Waiting {
  readonly request: Uint8Array
  answer(message: Message): void
  fail(error: unknown): void
}

/** The exchanges of one connection whose answers are still to come. */
export class Pending {
  readonly #transport: Transport
  readonly #protocol: Protocol
  readonly #bySequence = new Map<number, Waiting>()
  readonly #numbers: SequenceNumbers

  constructor(transport: Transport, protocol: Protocol) {
    this.#transport = transport
    this.#protocol = protocol
    this.#numbers = transport.inherited ? SequenceNumbers.elsewhere() : new SequenceNumbers()
  }

  /** As `Connection.reserve`. */
  reserve(count: number): number {
    return this.#numbers.reserve(count)
  }

  /** A sequence number for a request whose answers come elsewhere. */
  number(): number {
    return this.#numbers.take(1, this.#bySequence)
  }

  /**
   * Who waits for the message at `p`. An event has the sequence number of the request that caused it. That request may be another
   * socket's: the port id says whose it was.
   */
  of(bytes: Uint8Array, p: number): Waiting | undefined {
    const portId = u32(bytes, p + 12)
    return portId === this.#transport.portId || portId === 0 ? this.#bySequence.get(u32(bytes, p + 8)) : undefined
  }

  /**
   * Send, and wait for the outcome; with `readNow` read it within this call, where the transport can and it is there. Rejects as `Connection.request`
   * does.
   */
  perform<T>(exchange: Exchange<T>, options: RequestOptions, readNow = false): Promise<T> {
    const { signal, timeoutMilliseconds = 5_000, sent } = options
    const { request, count } = exchange
    return new Promise((resolve, reject) => {
      check.milliseconds('timeoutMilliseconds', timeoutMilliseconds)
      const first = this.#numbers.take(count, this.#bySequence)
      let isOver = false
      let stop: (() => void) | undefined
      const settle = () => {
        isOver = true
        stop?.()
        signal?.removeEventListener('abort', abort)
        for (let i = 0; i < count; i++) this.#bySequence.delete(first + i)
      }
      const fail = (error: unknown) => {
        settle()
        reject(error)
      }
      const answer = (message: Message) => {
        try {
          const outcome = exchange.answer(message, message.sequence - first)
          if (outcome === undefined) return
          settle()
          resolve(outcome)
        } catch (error) {
          fail(error)
        }
      }
      const abort = () => fail(signal?.reason)
      signal?.addEventListener('abort', abort)
      if (signal?.aborted) return abort()
      const waiting: Waiting = { request, answer, fail }
      for (let i = 0; i < count; i++) this.#bySequence.set(first + i, waiting)
      try {
        this.#transport.send(exchange.datagram(first))
        sent?.()
        if (readNow) this.#transport.readNow?.()
      } catch (error) {
        fail(error)
      }
      // What is answered by now needs no timer.
      if (isOver) return
      stop = deadline(timeoutMilliseconds, () => fail(new NoAnswerError('ETIMEDOUT', nameOf(request, this.#protocol))))
    })
  }

  /** Fail all that wait, each with an error for its request. */
  failAll(error: (request: Uint8Array) => Error): void {
    for (const waiting of new Set(this.#bySequence.values())) waiting.fail(error(waiting.request))
  }
}
