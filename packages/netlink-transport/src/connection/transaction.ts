import {
  align,
  control,
  EncodeError,
  type Message,
  messageFlags,
  type Protocol,
  putU16,
  setSequence,
  u16,
  u32,
} from '@nfkit/netlink-codec'
import { batchAttrs, batchMessage, encodeMessage, netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { type Advice, TransactionError, type TransactionFailure } from '../errors.ts'
import { refusal } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { owned } from './message.ts'
import type { RequestOptions } from './options.ts'

/** How a transaction is made, and how long its outcome is waited for. */
export interface TransactionOptions extends RequestOptions {
  /**
   * The generation of the ruleset that the operations were made for: when it is another by now, the kernel does nothing and refuses with
   * `ERESTART`. 0 and `undefined` do without.
   */
  readonly generation?: number | undefined
  /**
   * Have the kernel check the operations and take all of them back. Not without effect: a hook that a base chain registers and loses drops
   * the packets that wait in queues of the namespace.
   */
  readonly dryRun?: boolean | undefined
}

/** What became of one operation of a transaction. */
export interface TransactionOutcome {
  /** What the kernel told of it: the object as it was made, with the flag `NLM_F_ECHO` or where the transport is in the group. Each has bytes of its own. */
  readonly messages: readonly Message[]
}

/**
 * Operations between BEGIN and END in one datagram (nfnetlink_rcv_batch, net/netfilter/nfnetlink.c). The kernel acknowledges an
 * operation even when it takes all of them back later. So the last operation alone asks for an acknowledgement: that proves that the kernel
 * went through the batch, and the transaction is done when no error came before it.
 */
export class Transaction implements Exchange<TransactionOutcome[]> {
  readonly #protocol: Protocol
  readonly #advice: Advice | undefined
  readonly #datagram: Uint8Array
  /** BEGIN, the operations, END: parts of the datagram. */
  readonly #messages: readonly Uint8Array[]
  readonly #outcomes: { readonly messages: Message[] }[]
  readonly #failures: TransactionFailure[] = []

  /** Throws `EncodeError` when the operations make no batch. */
  constructor(operations: readonly Uint8Array[], protocol: Protocol, options: TransactionOptions) {
    const { generation: genid, dryRun = false, advice } = options
    const header = { flags: 0, resourceId: subsystemOf(operations) }
    const begin = encodeMessage({ ...header, type: batchMessage.begin.type }, batchAttrs, { genid })
    const end = encodeMessage({ ...header, type: batchMessage.end.type }, batchAttrs, {})
    const parts = [begin, ...operations, ...(dryRun ? [] : [end])]
    this.#protocol = protocol
    this.#advice = advice
    this.#datagram = new Uint8Array(parts.reduce((size, { length }) => size + align(length), 0))
    this.#messages = placed(this.#datagram, parts)
    this.#messages.forEach((message, index) => {
      const fence = index === operations.length ? messageFlags.ack : 0
      putU16(message, 6, (u16(message, 6) & ~messageFlags.ack) | messageFlags.request | fence)
    })
    this.#outcomes = operations.map(() => ({ messages: [] }))
  }

  get request(): Uint8Array {
    return this.#messages[0]!
  }

  get count(): number {
    return this.#messages.length
  }

  datagram(first: number): Uint8Array {
    for (const [index, message] of this.#messages.entries()) setSequence(message, first + index)
    return this.#datagram
  }

  answer(message: Message, index: number): TransactionOutcome[] | undefined {
    const operation = index - 1
    if (message.type !== control.error) {
      this.#outcomes[operation]?.messages.push(owned(message))
      return undefined
    }
    const refused = refusal(message, this.#messages[index]!, this.#protocol, this.#advice)
    if (refused) {
      // BEGIN, or END: it is about all of them.
      if (!(operation in this.#outcomes)) throw refused
      this.#failures.push({ index: operation, error: refused })
    }
    if (operation !== this.#outcomes.length - 1) return undefined
    if (this.#failures.length > 0) throw new TransactionError(this.#failures, this.#outcomes.length)
    return this.#outcomes
  }
}

/** Copies messages into a datagram, each at a multiple of four, and returns them there. */
function placed(datagram: Uint8Array, messages: readonly Uint8Array[]): Uint8Array[] {
  let at = 0
  return messages.map((message) => {
    const place = datagram.subarray(at, at + message.length)
    place.set(message)
    at += align(message.length)
    return place
  })
}

/** The subsystem all operations belong to. Throws `EncodeError` for what the kernel would answer with silence. */
function subsystemOf(operations: readonly Uint8Array[]): number {
  const subsystems = operations.map((operation, index) => {
    if (operation.length < netfilterHeaderSize || u32(operation, 0) !== operation.length)
      throw new EncodeError(`operation ${index}`, `its ${operation.length} bytes are not one netfilter message`)
    return u16(operation, 4) >> 8
  })
  const first = subsystems[0]!
  const other = subsystems.findIndex((subsystem) => subsystem !== first || subsystem === 0)
  if (other >= 0)
    throw new EncodeError(`operation ${other}`, 'all operations of a transaction belong to one subsystem of netfilter')
  return first
}
