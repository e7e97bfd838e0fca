import {
  align,
  type DecodeError,
  headerSize,
  Message,
  messageFlags,
  messageLength,
  type Protocol,
} from '@nfkit/netlink-codec'
import * as argument from '../argument.ts'
import { throwAside } from '../aside.ts'
import { NoAnswerError, type TransportError } from '../errors.ts'
import type { Batch, Receiver, Transport } from '../transport.ts'
import { nameOf } from './answer.ts'
import { dumpOver } from './dump.ts'
import { stamped } from './message.ts'
import type { DumpOptions, RequestOptions } from './options.ts'
import { Pending } from './pending.ts'
import { Question } from './question.ts'
import { SingleRequest } from './single-request.ts'
import { Transaction, type TransactionOptions, type TransactionOutcome } from './transaction.ts'

/** Of so many questions one is answered in a turn of its own. */
const askedInTurn = 64

/** Receives the messages that no request asked for. */
export interface Unsolicited {
  /** An event, a queued packet, or an answer that no request waits for. Readable during the call only; copy what is kept. */
  message(message: Message): void
  /** The socket failed (after `ENOBUFS` messages are missing), or a datagram made no sense (`DecodeError`). */
  error(error: TransportError | DecodeError): void
}

/**
 * Requests and their answers over one transport: sequence numbers, acknowledgements, dumps, transactions, typed errors. Give it to
 * `transport.receive`, or hand it datagrams one by one. Closing it closes the transport.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { decode, messageFlags } from '@nfkit/netlink-codec'
 * import { conntrack, conntrackMessage, statsGlobal } from '@nfkit/netlink-codec/conntrack'
 * import { encodeMessage, netfilter, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
 * import { Connection } from '@nfkit/netlink-transport'
 *
 * const transport = openMnl()
 * const connection = new Connection(transport, netfilter(conntrackMessage))
 * transport.receive(connection)
 *
 * const request = encodeMessage({ type: conntrackMessage.getStats.type, flags: messageFlags.request }, conntrack, {})
 * const [answer] = await connection.request(request)
 * if (answer) {
 *   const { bytes, start, end } = netfilterOf(answer).attrs
 *   console.error(decode(statsGlobal, bytes, start, end).entries)
 * }
 * connection.close()
 */
export class Connection implements Receiver {
  readonly transport: Transport
  readonly protocol: Protocol
  readonly #unsolicited: Unsolicited | undefined
  readonly #pending: Pending
  /** Questions since one has waited for its turn. */
  #asked = 0

  /**
   * `protocol` names requests and attributes in errors: compose it of the families that are spoken here. Throws `TypeError` for what is no transport.
   */
  constructor(transport: Transport, protocol: Protocol, unsolicited?: Unsolicited) {
    this.transport = argument.transport(transport)
    this.protocol = protocol
    this.#unsolicited = unsolicited
    this.#pending = new Pending(transport, protocol)
  }

  /**
   * Send one request and wait for its acknowledgement; resolves to the messages that came before it, with bytes of their own.
   * The flags REQUEST and ACK and the sequence number are set in `request` itself.
   *
   * Rejects with `NetlinkError` when the kernel refuses, `TransportError` when the socket does, `NoAnswerError` when the answer
   * is lost, `DecodeError` when it makes no sense, `RangeError` for a time no timer takes, and with the signal's reason when that
   * aborts.
   */
  request(request: Uint8Array, options: RequestOptions = {}): Promise<Message[]> {
    return this.#pending.perform(new SingleRequest(request, this.protocol, options.advice), options)
  }

  /**
   * Ask what the kernel answers with one message, or refuses; resolves to what `read` returns of that, which is readable during the call only. The
   * flag REQUEST and the sequence number are set in `request` itself; acknowledged it must not be. The answer is there when the kernel has taken
   * the question, and is read at once where the transport can, with whatever else has arrived: for a socket that does nothing
   * but answer. One in 64 waits for its turn of the event loop, which has time for others then, whoever asks on and on.
   *
   * Rejects as `request` does, and with what `read` throws.
   */
  ask<T extends object>(request: Uint8Array, read: (answer: Message) => T, options: RequestOptions = {}): Promise<T> {
    this.#asked = (this.#asked + 1) % askedInTurn
    return this.#pending.perform(new Question(request, this.protocol, read, options.advice), options, this.#asked > 0)
  }

  /**
   * Have the kernel do all of these operations or none, at once: netfilter messages of one subsystem that has transactions, which is
   * nf_tables alone. Resolves to an outcome for each operation, in their order. They are not touched; the flags REQUEST and ACK and
   * the sequence numbers are set in a copy. Without operations there is nothing to do, and nothing is sent.
   *
   * Rejects with `TransactionError` when the kernel refuses operations, each of them named; with `NetlinkError` when it refuses the batch as a
   * whole (EPERM; ERESTART where the `generation` is another; EOPNOTSUPP without nf_tables); with `TransportError` (EMSGSIZE) when the
   * operations are more than the transport's `sendLimit`; with `EncodeError` when they make no batch; and else as `request` does. After
   * `NoAnswerError` or an abort it is not known whether the operations were done.
   *
   * @example
   * import { TransactionError } from '@nfkit/netlink-transport'
   *
   * export async function apply(connection: Connection, operations: Uint8Array[], generation: number) {
   *   try {
   *     await connection.transaction(operations, { generation })
   *   } catch (error) {
   *     if (!(error instanceof TransactionError)) throw error
   *     for (const { index, error: refused } of error.failures) console.error(`operation ${index}: ${refused.message}`)
   *   }
   * }
   */
  async transaction(
    operations: readonly Uint8Array[],
    options: TransactionOptions = {},
  ): Promise<TransactionOutcome[]> {
    if (operations.length === 0) return []
    return this.#pending.perform(new Transaction(operations, this.protocol, options), options)
  }

  /**
   * Returns the first of `count` sequence numbers in a row that no request will have: for who sends over the same transport by itself, and
   * finds its answers among the unsolicited messages. They stay reserved until the connection ends. Throws `RangeError` when so many are not left.
   */
  reserve(count: number): number {
    return this.#pending.reserve(count)
  }

  /**
   * Ask for a whole table, over a socket of its own, so that other requests go on meanwhile. Each item is the entries of one
   * datagram, whole and checked: read them with `messages`. The bytes belong to the caller. The socket is paused while more than a few
   * wait, and closed when the loop is left.
   * Rejects as `request` does, and with `DumpInterruptedError`.
   */
  dump(request: Uint8Array, options: DumpOptions = {}): AsyncIterable<Uint8Array> {
    const stamp = () =>
      stamped(request, this.#pending.number(), messageFlags.request | messageFlags.ack | messageFlags.dump)
    const open = (longest: number) => this.transport.sibling({ longest })
    return { [Symbol.asyncIterator]: () => dumpOver(open, stamp, this.protocol, options) }
  }

  batch(batch: Batch): void {
    const { bytes, spans, length } = batch
    for (let i = 0; i < length; i++) this.datagram(bytes, spans[2 * i]!, spans[2 * i]! + spans[2 * i + 1]!)
    batch.release()
  }

  /** Deliver one datagram, and throw nothing: each message to the request it answers, else as unsolicited. */
  datagram(bytes: Uint8Array, start: number, end: number): void {
    let p = start
    try {
      do {
        const length = messageLength(bytes, p, end)
        const message = new Message(bytes, p, p + length)
        const waiting = this.#pending.of(bytes, p)
        if (waiting) waiting.answer(message)
        else this.#tell(message)
        p += align(length)
      } while (p < end)
    } catch (error) {
      // Where the messages of a datagram end is not known any more; whose answer this one was to be may be.
      const waiting = end - p < headerSize ? undefined : this.#pending.of(bytes, p)
      if (waiting) waiting.fail(error)
      else this.#tellOf(error as DecodeError)
    }
  }

  error(error: TransportError): void {
    // The answer may be among what was not lost; if it was, it times out.
    if (error.effect === 'fatal') this.#pending.failAll(() => error)
    this.#tellOf(error)
  }

  /** Requests that still wait are rejected with `NoAnswerError`. Closing twice is fine. */
  close(): void {
    this.transport.close()
    this.#pending.failAll((request) => new NoAnswerError('ECANCELED', nameOf(request, this.protocol)))
  }

  #tell(message: Message): void {
    try {
      this.#unsolicited?.message(message)
    } catch (error) {
      throwAside(error)
    }
  }

  #tellOf(failure: TransportError | DecodeError): void {
    try {
      this.#unsolicited?.error(failure)
    } catch (error) {
      throwAside(error)
    }
  }
}
