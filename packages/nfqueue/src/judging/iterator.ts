import type { Packet } from '../packet/packet.ts'
import type { Consumer } from './consumer.ts'

type Result = IteratorResult<Packet, void>

/** What an iterator asks of its queue. */
export interface PacketSource {
  readonly consumer: Consumer
  /** Reserve the packets. Throws when they are taken. */
  take(): void
  /** The packet was passed over. */
  forget(packet: Packet): void
}

/** Packets one by one, without a generator's cost for each. Calls are answered in their order. */
export class PacketIterator implements AsyncIterableIterator<Packet> {
  readonly #source: PacketSource
  #state: 'new' | 'open' | 'ended' = 'new'
  #current: Packet | undefined
  /** The latest of the calls that wait for a packet. */
  #last: Promise<Result> | undefined

  constructor(source: PacketSource) {
    this.#source = source
  }

  next(): Promise<Result> {
    if (this.#last === undefined && this.#state === 'open') {
      this.#leave()
      const packet = this.#source.consumer.takeOne()
      if (packet !== undefined) return Promise.resolve(this.#hand(packet))
    }
    return this.#queueUp()
  }

  // Apart from `next`, where each call would make what this closes over.
  #queueUp(): Promise<Result> {
    const turn = this.#last === undefined ? this.#wait() : this.#last.then(() => this.#wait())
    this.#last = turn
    const settle = () => {
      if (this.#last === turn) this.#last = undefined
    }
    turn.then(settle, settle)
    return turn
  }

  async return(): Promise<Result> {
    this.#leave()
    this.#end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #wait(): Promise<Result> {
    const { consumer } = this.#source
    if (this.#state === 'new') {
      this.#source.take()
      this.#state = 'open'
    }
    this.#leave()
    while (this.#state === 'open' && !consumer.ended) {
      const packet = consumer.takeOne()
      if (packet !== undefined) return this.#hand(packet)
      await consumer.arrival()
    }
    this.#end()
    return { done: true, value: undefined }
  }

  #hand(packet: Packet): Result {
    this.#current = packet
    return { done: false, value: packet }
  }

  #leave(): void {
    const packet = this.#current
    this.#current = undefined
    if (packet?.forgotten) this.#source.forget(packet)
  }

  /** Loops that still wait are told; the packets are free for another consumer. */
  #end(): void {
    if (this.#state === 'open') this.#source.consumer.release()
    this.#state = 'ended'
  }
}

/** Packets as they come, up to `limit` at once. Who asks for more, or leaves, has forgotten those that are neither judged nor held. */
export async function* packetBatches(
  consumer: Consumer,
  limit: number,
  forget: (packet: Packet) => void,
): AsyncGenerator<Packet[], void, undefined> {
  try {
    for (let batch = await consumer.take(limit); batch; batch = await consumer.take(limit)) {
      try {
        yield batch
      } finally {
        for (const packet of batch) if (packet.forgotten) forget(packet)
      }
    }
  } finally {
    consumer.release()
  }
}
