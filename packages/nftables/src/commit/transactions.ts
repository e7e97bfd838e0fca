import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import {
  type Advice,
  type Connection,
  NetlinkError,
  TransactionError,
  type TransactionOptions,
  type TransactionOutcome,
} from '@nfkit/netlink-transport'
import type { Chain } from '../values/chain.ts'
import { familyNumber } from '../values/hook.ts'
import { type EncodedMessage, Encoding, type EncodingOptions } from './encoding.ts'
import { CommitError, failuresOf } from './failure.ts'
import type { Operation } from './operation.ts'

const advice: Advice = {
  ERESTART: 'the ruleset was changed after the generation that was given: read it again, and make the batch anew',
}

/** What became of a batch: its messages, and what the kernel told of each. */
export interface Outcome {
  readonly parts: readonly EncodedMessage[]
  readonly outcomes: readonly TransactionOutcome[]
}

/** Transactions of batches over one connection. */
export class Transactions {
  readonly #connection: Connection

  /** Of a connection that is open and receives. */
  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Rejects with `CommitError`, and as `Connection.transaction` does for what is refused as a whole. */
  async run(
    operations: readonly Operation[],
    encoding: EncodingOptions,
    options: TransactionOptions = {},
  ): Promise<Outcome> {
    const parts = new Encoding(encoding).add(operations)
    const messages = parts.map(({ message }) => message)
    this.#makeRoom(messages)
    try {
      const outcomes = await this.#connection.transaction(messages, { timeoutMilliseconds: 30_000, advice, ...options })
      return { parts, outcomes }
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error
      throw new CommitError(failuresOf(error, parts, this.#connection.protocol))
    }
  }

  /** Whether the kernel has a chain. */
  hasChain({ family, table, name }: Chain): Promise<boolean> {
    const { type, table: rows } = nftMessage.getChain
    return this.#has(encodeMessage({ type, flags: 0, family: familyNumber(family) }, rows, { table, name } as never))
  }

  /** Whether the kernel has the table of a chain. */
  hasTableOf({ family, table }: Chain): Promise<boolean> {
    const { type, table: rows } = nftMessage.getTable
    return this.#has(encodeMessage({ type, flags: 0, family: familyNumber(family) }, rows, { name: table } as never))
  }

  async #has(request: Uint8Array): Promise<boolean> {
    try {
      await this.#connection.request(request)
      return true
    } catch (error) {
      if (error instanceof NetlinkError && error.code === 'ENOENT') return false
      throw error
    }
  }

  /** One datagram holds all messages, and the kernel tells what it made before anything is read. */
  #makeRoom(messages: readonly Uint8Array[]): void {
    const { transport } = this.#connection
    const size = messages.reduce((sum, { length }) => sum + length, 4096)
    if (size > transport.sendLimit) transport.resize({ send: size })
    const told = messages.length * 2048
    if (told > transport.counters().receiveBuffer) transport.resize({ receive: told })
  }
}
