import { type Message, messages } from '@nfkit/netlink-codec'
import type { Connection } from '../connection/connection.ts'
import type { DumpOptions, RequestOptions } from '../connection/options.ts'
import type { Transport } from '../transport.ts'

/** Requests under way at once: their answers fit into the smallest receive buffer systems have by default. */
const atOnce = 64

/** Makes requests and dumps: a `Connection` is one. */
export type Requester = Pick<Connection, 'request' | 'dump'>

/** A connection on which any number of requests may be made at once: those whose answers would not fit wait their turn. */
export class Requests implements Requester {
  readonly #connection: Connection
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get transport(): Transport {
    return this.#connection.transport
  }

  request(request: Uint8Array, options?: RequestOptions): Promise<Message[]> {
    return this.#paced(() => this.#connection.request(request, options))
  }

  /** As `Connection.ask`. */
  ask<T extends object>(request: Uint8Array, read: (answer: Message) => T, options?: RequestOptions): Promise<T> {
    return this.#paced(() => this.#connection.ask(request, read, options))
  }

  dump(request: Uint8Array, options?: DumpOptions): AsyncIterable<Uint8Array> {
    return this.#connection.dump(request, options)
  }

  /** Close the connection: requests that wait are rejected. */
  close(): void {
    this.#connection.close()
  }

  #paced<T>(make: () => Promise<T>): Promise<T> {
    if (this.#running < atOnce) return this.#run(make)
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.#run(make))
  }

  #run<T>(make: () => Promise<T>): Promise<T> {
    this.#running++
    const answer = make()
    answer.then(this.#done, this.#done)
    return answer
  }

  readonly #done = () => {
    this.#running--
    this.#waiting.shift()?.()
  }
}

/** The entries of a dump, message by message: for tables that are never large. Throws what `Connection.dump` throws. */
export async function* entries(
  requests: Requester,
  request: Uint8Array,
  options?: DumpOptions,
): AsyncGenerator<Message, void, undefined> {
  for await (const part of requests.dump(request, options)) yield* messages(part)
}
