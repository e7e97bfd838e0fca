import { align, control, Message, messageFlags, messageLength, type Protocol, u16 } from '@nfkit/netlink-codec'
import * as check from '../check.ts'
import { DumpInterruptedError, NoAnswerError, type TransportError } from '../errors.ts'
import type { Batch, Receiver, Transport } from '../transport.ts'
import { nameOf, refusal } from './answer.ts'
import { Patience } from './deadline.ts'
import type { DumpOptions } from './options.ts'

/**
 * Bytes of the longest datagram. The kernel fills the reader's buffer, up to 32 KiB (netlink_dump, net/netlink/af_netlink.c); half of
 * that costs the same, and lets others have their turn twice as often.
 */
const longest = 16_384

/** Datagrams that may wait for the consumer before the socket is paused. */
const highWater = 8

/** How long the kernel may be silent, unless said otherwise. */
const patienceMilliseconds = 5_000

/** Where a message has these (struct nlmsghdr, include/uapi/linux/netlink.h). */
const [typeAt, flagsAt] = [4, 6]

/** Run one dump over a transport of its own: opened when the first part is asked for, closed at the end. */
export async function* dumpOver(
  open: (longest: number) => Transport,
  stamp: () => Uint8Array,
  protocol: Protocol,
  options: DumpOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, timeoutMilliseconds = patienceMilliseconds, onInterrupted = 'throw' } = options
  check.milliseconds('timeoutMilliseconds', timeoutMilliseconds)
  check.word('onInterrupted', onInterrupted, { throw: true, ignore: true })
  signal?.throwIfAborted()
  const transport = open(longest)
  const request = stamp()
  const parts = new Parts(transport, request, protocol, options)
  const abort = () => parts.abort(signal?.reason)
  signal?.addEventListener('abort', abort)
  try {
    transport.receive(parts)
    transport.send(request)
    for (;;) {
      const part = await parts.next()
      if (part === undefined) break
      yield part
    }
    if (parts.interrupted && onInterrupted === 'throw') throw new DumpInterruptedError(nameOf(request, protocol))
  } finally {
    signal?.removeEventListener('abort', abort)
    parts.close()
  }
}

/** Datagrams of a dump on their way from the socket to the consumer. */
class Parts implements Receiver {
  interrupted = false
  readonly #transport: Transport
  readonly #request: Uint8Array
  readonly #protocol: Protocol
  readonly #options: DumpOptions
  readonly #waiting: Uint8Array[] = []
  #ended = false
  #failure: { readonly error: unknown } | undefined
  readonly #patience: Patience
  #wake: (() => void) | undefined

  constructor(transport: Transport, request: Uint8Array, protocol: Protocol, options: DumpOptions) {
    this.#patience = new Patience(options.timeoutMilliseconds ?? patienceMilliseconds, () =>
      this.fail(new NoAnswerError('ETIMEDOUT', nameOf(request, protocol))),
    )
    this.#protocol = protocol
    this.#transport = transport
    this.#request = request
    this.#options = options
  }

  batch(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      const start = batch.spans[2 * i]!
      const entries = this.#entries(batch.bytes, start, start + batch.spans[2 * i + 1]!)
      if (entries > start) this.#waiting.push(batch.bytes.slice(start, entries))
    }
    batch.release()
    if (this.#waiting.length > highWater) this.#transport.pause()
    this.#wake?.()
  }

  error(error: TransportError): void {
    if (error.effect !== 'none') this.fail(error)
  }

  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  /** Fail at once; parts that still wait are not wanted any more. */
  abort(reason: unknown): void {
    this.#waiting.length = 0
    this.fail(reason)
  }

  /** The entries of the next datagram; `undefined` at the end. Rejects when the kernel stays silent for too long. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isIdle) await this.#arrival()
    const part = this.#waiting.shift()
    if (part) {
      if (this.#waiting.length === 0 && !this.#ended) this.#transport.resume()
      return part
    }
    if (this.#failure) throw this.#failure.error
    return undefined
  }

  close(): void {
    this.#patience.stop()
    this.#transport.close()
  }

  /** Whether there is nothing to tell yet. */
  get #isIdle(): boolean {
    return this.#waiting.length === 0 && !this.#ended && !this.#failure
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#patience.begin()
      this.#wake = () => {
        if (this.#isIdle) return
        this.#patience.end()
        this.#wake = undefined
        resolve()
      }
    })
  }

  /** Where the entries of one datagram end: before the message that ends the dump. A datagram that makes no sense has none. */
  #entries(bytes: Uint8Array, start: number, end: number): number {
    try {
      let p = start
      // As `messages` does, without a generator's cost for each, nor an object's: a dump may have hundreds of thousands.
      while (p < end) {
        const length = messageLength(bytes, p, end)
        if (u16(bytes, p + flagsAt) & messageFlags.dumpInterrupted) this.interrupted = true
        const type = u16(bytes, p + typeAt)
        if (type === control.done || type === control.error) {
          this.#end(new Message(bytes, p, p + length))
          return p
        }
        p += align(length)
      }
      return end
    } catch (error) {
      this.fail(error)
      return start
    }
  }

  /** DONE ends a dump; an acknowledgement does where the kernel had nothing to walk and starts none (ctnetlink_dump_exp_ct). */
  #end(message: Message): void {
    const refused = refusal(message, this.#request, this.#protocol, this.#options.advice)
    if (refused) this.#failure ??= { error: refused }
    this.#ended = true
  }
}
