import { align, DecodeError, messages } from '@nfkit/netlink-codec'
import { type Batch, type Receiver, type Transport, TransportError } from '@nfkit/netlink-transport'
import { type ByteTest, socketFilter } from '../filter/bpf.ts'
import { type EventKind, type ExpectationEvent, eventGroups, eventOf, type FlowEvent } from './event.ts'

export interface EventSocketOptions {
  readonly kinds: readonly EventKind[]
  /** What a socket filter shall test. */
  readonly tests: readonly ByteTest[]
  /** Bytes of the receive buffer to ask for. */
  readonly receiveBuffer: number
  /** Have the kernel repeat destroy events that did not fit. */
  readonly reliable: boolean
}

/** What an `EventSocket` calls, from the event loop. */
export interface EventSink {
  /** Events of one burst, in order, with bytes of their own. What it throws goes to `fail`. */
  events(events: (FlowEvent | ExpectationEvent)[]): void
  /** Some events were lost. Those that wait in the buffer still come, and are older. */
  gap(): void
  /** The socket is of no use any more. */
  fail(error: unknown): void
}

/** A socket that receives events and nothing else. It listens from the moment it is made. */
export class EventSocket implements Receiver {
  /** Events received so far, filtered ones not counted. */
  received = 0
  readonly #transport: Transport
  readonly #sink: EventSink

  constructor(transport: Transport, options: EventSocketOptions, sink: EventSink) {
    this.#transport = transport
    this.#sink = sink
    try {
      transport.set('noEnobufs', false)
      if (options.reliable) transport.set('broadcastError', true)
      transport.resize({ receive: options.receiveBuffer })
      this.#filter(options.tests)
      transport.receive(this)
      for (const kind of new Set(options.kinds)) transport.join(eventGroups[kind])
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

  pause(): void {
    this.#transport.pause()
  }

  resume(): void {
    this.#transport.resume()
  }

  close(): void {
    this.#transport.close()
  }

  batch(batch: Batch): void {
    const { bytes, ends } = owned(batch)
    batch.release()
    this.received += ends.length
    const events: (FlowEvent | ExpectationEvent)[] = []
    try {
      const damage = collect(events, bytes, ends)
      if (events.length > 0) this.#sink.events(events)
      if (damage !== undefined) throw damage
    } catch (error) {
      // The user's `where` may throw, too: what it did not get to see would be missing in silence.
      this.#sink.fail(error)
    }
  }

  error(error: TransportError): void {
    if (error.effect === 'gap') this.#sink.gap()
    else if (error.effect === 'fatal') this.#sink.fail(error)
  }

  /** What the filter would hold back is held back here too, so that a transport without filters serves as well. */
  #filter(tests: readonly ByteTest[]): void {
    const program = socketFilter(tests)
    if (program === undefined) return
    try {
      this.#transport.filter(program)
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
    }
  }
}

/** Adds the events of datagrams that lie one behind the other; returns what is wrong with the first that makes no sense. */
function collect(
  events: (FlowEvent | ExpectationEvent)[],
  bytes: Uint8Array,
  ends: readonly number[],
): DecodeError | undefined {
  let start = 0
  for (const end of ends) {
    try {
      for (const message of messages(bytes, start, end)) {
        const event = eventOf(message)
        if (event) events.push(event)
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return error
    }
    start = align(end)
  }
  return undefined
}

/** One copy for all datagrams of a batch, each at a multiple of four. */
function owned({ bytes, spans, length }: Batch): { readonly bytes: Uint8Array; readonly ends: number[] } {
  let size = 0
  for (let i = 0; i < length; i++) size += align(spans[2 * i + 1]!)
  const copy = new Uint8Array(size)
  const ends: number[] = []
  let at = 0
  for (let i = 0; i < length; i++) {
    const from = spans[2 * i]!
    const n = spans[2 * i + 1]!
    copy.set(bytes.subarray(from, from + n), at)
    ends.push(at + n)
    at += align(n)
  }
  return { bytes: copy, ends }
}
