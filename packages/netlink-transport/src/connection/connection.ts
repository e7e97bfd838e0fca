import {
  control,
  DecodeError,
  headerSize,
  Message,
  messageFlags,
  messages,
  type Protocol,
  putU16,
  setSequence,
  u16,
  u32,
} from '@nfkit/netlink-codec'
import * as check from '../check.ts'
import { NoAnswerError, type TransportError } from '../errors.ts'
import type { Batch, Receiver, Transport } from '../transport.ts'
import { nameOf, refusal } from './answer.ts'
import { deadline } from './deadline.ts'
import { dumpOver } from './dump.ts'
import type { DumpOptions, RequestOptions } from './options.ts'

/** Receives the messages that no request asked for. */
export interface Unsolicited {
  /** An event, a queued packet, or an answer that no request waits for. Readable during the call only; copy what is kept. */
  message(message: Message): void
  /** The socket failed (after `ENOBUFS` messages are missing), or a datagram made no sense (`DecodeError`). */
  error(error: TransportError | DecodeError): void
}

interface Waiting {
  readonly request: Uint8Array
  answer(message: Message): void
  fail(error: unknown): void
}

/** Sequence numbers above are never used by a `Connection`: they are left to programs that send without it. */
export const lastSequence = 0x7fff_ffff

/**
 * Requests and their answers over one transport: sequence numbers, acknowledgements, dumps, typed errors. Give it to
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
  readonly #waiting = new Map<number, Waiting>()
  #sequence = 0

  /** `protocol` names requests and attributes in errors: compose it of the families that are spoken here. */
  constructor(transport: Transport, protocol: Protocol, unsolicited?: Unsolicited) {
    this.transport = transport
    this.protocol = protocol
    this.#unsolicited = unsolicited
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
    const { advice, signal, timeoutMilliseconds = 5_000, sent } = options
    return new Promise((resolve, reject) => {
      check.milliseconds('timeoutMilliseconds', timeoutMilliseconds)
      const sequence = this.#nextSequence()
      const replies: Message[] = []
      const settle = () => {
        stop()
        signal?.removeEventListener('abort', abort)
        this.#waiting.delete(sequence)
      }
      const fail = (error: unknown) => {
        settle()
        reject(error)
      }
      const answer = (message: Message) => {
        if (message.type !== control.error) {
          replies.push(owned(message))
          return
        }
        const refused = refusal(message, request, this.protocol, advice)
        if (refused) return fail(refused)
        settle()
        resolve(replies)
      }
      const abort = () => fail(signal?.reason)
      const stop = deadline(timeoutMilliseconds, () =>
        fail(new NoAnswerError('ETIMEDOUT', nameOf(request, this.protocol))),
      )
      signal?.addEventListener('abort', abort)
      if (signal?.aborted) return abort()
      this.#waiting.set(sequence, { request, answer, fail })
      try {
        this.transport.send(stamped(request, sequence, messageFlags.request | messageFlags.ack))
        sent?.()
      } catch (error) {
        fail(error)
      }
    })
  }

  /**
   * Ask for a whole table, over a socket of its own, so that other requests go on meanwhile. Each item is the entries of one
   * datagram, whole and checked: read them with `messages`. The bytes belong to the caller. The socket is paused while more than a few
   * wait, and closed when the loop is left.
   * Rejects as `request` does, and with `DumpInterruptedError`.
   */
  dump(request: Uint8Array, options: DumpOptions = {}): AsyncIterable<Uint8Array> {
    const stamp = () =>
      stamped(request, this.#nextSequence(), messageFlags.request | messageFlags.ack | messageFlags.dump)
    const open = (longest: number) => this.transport.sibling({ longest })
    return { [Symbol.asyncIterator]: () => dumpOver(open, stamp, this.protocol, options) }
  }

  batch(batch: Batch): void {
    const { bytes, spans, length } = batch
    for (let i = 0; i < length; i++) this.datagram(bytes, spans[2 * i]!, spans[2 * i]! + spans[2 * i + 1]!)
    batch.release()
  }

  /** Deliver one datagram, and throw nothing: to the request it answers, else as unsolicited. Answers never share a datagram. */
  datagram(bytes: Uint8Array, start: number, end: number): void {
    let waiting: Waiting | undefined
    try {
      if (end - start < headerSize)
        throw new DecodeError('nlmsghdr', start, `${end - start} bytes, expected ${headerSize}`)
      waiting = this.#waiting.get(u32(bytes, start + 8))
      for (const message of messages(bytes, start, end)) {
        if (waiting) waiting.answer(message)
        else this.#tell(message)
      }
    } catch (error) {
      if (waiting) waiting.fail(error)
      else this.#tellOf(error as DecodeError)
    }
  }

  error(error: TransportError): void {
    // The answer may be among what was not lost; if it was, it times out.
    if (error.effect === 'fatal') this.#failAll(() => error)
    this.#tellOf(error)
  }

  /** Requests that still wait are rejected with `NoAnswerError`. Closing twice is fine. */
  close(): void {
    this.transport.close()
    this.#failAll((request) => new NoAnswerError('ECANCELED', nameOf(request, this.protocol)))
  }

  #tell(message: Message): void {
    try {
      this.#unsolicited?.message(message)
    } catch (error) {
      uncaught(error)
    }
  }

  #tellOf(failure: TransportError | DecodeError): void {
    try {
      this.#unsolicited?.error(failure)
    } catch (error) {
      uncaught(error)
    }
  }

  #failAll(error: (request: Uint8Array) => Error): void {
    for (const waiting of [...this.#waiting.values()]) waiting.fail(error(waiting.request))
  }

  #nextSequence(): number {
    do {
      this.#sequence = this.#sequence === lastSequence ? 1 : this.#sequence + 1
    } while (this.#waiting.has(this.#sequence))
    return this.#sequence
  }
}

/** The user's callback threw. Report it as an uncaught exception and deliver the remaining datagrams. */
function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

function stamped(request: Uint8Array, sequence: number, flags: number): Uint8Array {
  putU16(request, 6, u16(request, 6) | flags)
  setSequence(request, sequence)
  return request
}

function owned(message: Message): Message {
  const bytes = message.bytes.slice(message.start, message.end)
  return new Message(bytes, 0, bytes.length)
}
