import { align, DecodeError, type Message, messages } from '@nfkit/netlink-codec'
import { TransportError } from '../errors.ts'
import type { Batch, BpfInstruction, Receiver, Transport } from '../transport.ts'
import { ownedDatagrams } from './owned-datagrams.ts'

/** Which events a socket receives, and how it listens. */
export interface EventSocketOptions<E> {
  /** Multicast groups to join. */
  readonly groups: readonly number[]
  /** What a message tells; `undefined` when it is no event. May throw `DecodeError`. */
  readonly read: (message: Message) => E | undefined
  /** Bytes of the receive buffer to ask for. */
  readonly receiveBuffer: number
  /** Have the kernel repeat events that did not fit, where it can: destroyed connections, for one. */
  readonly reliable?: boolean | undefined
  /**
   * Deliver only what this program accepts. A transport without filters delivers all: check the events, too.
   */
  readonly filter?: readonly BpfInstruction[] | undefined
}

/** What an `EventSocket` calls, from the event loop. */
export interface EventSink<E> {
  /** Events of one burst, in order, with bytes of their own. What it throws goes to `fail`. */
  events(events: E[]): void
  /** Some events were lost. Those that wait in the buffer still come, and are older. */
  gap(): void
  /** The socket is of no use any more. */
  fail(error: unknown): void
}

/** A socket that receives events and nothing else. It listens from the moment it is made. */
export class EventSocket<E = unknown> implements Receiver {
  /** Datagrams received so far, filtered ones not counted. */
  received = 0
  readonly #transport: Transport
  readonly #read: (message: Message) => E | undefined
  readonly #sink: EventSink<E>

  /** The transport must not have a receiver yet. When the transport throws, it is closed, and this throws the same. */
  constructor(transport: Transport, options: EventSocketOptions<E>, sink: EventSink<E>) {
    this.#transport = transport
    this.#read = options.read
    this.#sink = sink
    try {
      transport.set('noEnobufs', false)
      if (options.reliable) transport.set('broadcastError', true)
      transport.resize({ receive: options.receiveBuffer })
      if (options.filter !== undefined) this.#filter(options.filter)
      transport.receive(this)
      for (const group of new Set(options.groups)) transport.join(group)
    } catch (error) {
      transport.close()
      throw error
    }
  }

  /** Events lost since the socket was opened. */
  get lost(): number {
    return this.#transport.counters().dropped
  }

  /** Bytes the kernel holds for this socket: 0 when everything that arrived has been handed over. */
  get waiting(): number {
    return this.#transport.counters().receiveQueued
  }

  /** Bytes of the receive buffer as granted. */
  get capacity(): number {
    return this.#transport.counters().receiveBuffer
  }

  /** Leave events in the socket's buffer until `resume`. */
  pause(): void {
    this.#transport.pause()
  }

  /** Go on after `pause`. */
  resume(): void {
    this.#transport.resume()
  }

  /** Stop listening and close the transport. Closing twice is fine. */
  close(): void {
    this.#transport.close()
  }

  batch(batch: Batch): void {
    const { bytes, ends } = ownedDatagrams(batch)
    batch.release()
    this.received += ends.length
    const events: E[] = []
    try {
      const damage = this.#collect(events, bytes, ends)
      if (events.length > 0) this.#sink.events(events)
      if (damage !== undefined) throw damage
    } catch (error) {
      // What the sink did not get to see would be missing in silence.
      this.#sink.fail(error)
    }
  }

  error(error: TransportError): void {
    if (error.effect === 'gap') this.#sink.gap()
    else if (error.effect === 'fatal') this.#sink.fail(error)
  }

  #filter(program: readonly BpfInstruction[]): void {
    try {
      this.#transport.filter(program)
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
    }
  }

  /** Adds the events of the datagrams; returns what is wrong with the first that makes no sense. */
  #collect(events: E[], bytes: Uint8Array, ends: readonly number[]): DecodeError | undefined {
    let start = 0
    for (const end of ends) {
      try {
        for (const message of messages(bytes, start, end)) {
          const event = this.#read(message)
          if (event !== undefined) events.push(event)
        }
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        return error
      }
      start = align(end)
    }
    return undefined
  }
}
