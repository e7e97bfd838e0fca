import { be16, type Message, messageType, u16 } from '@nfkit/netlink-codec'
import {
  type Batch,
  Connection,
  type Receiver,
  type RequestOptions,
  refusal,
  type Transport,
  type TransportError,
} from '@nfkit/netlink-transport'
import { Burst } from './burst.ts'
import { VerdictError, verdictAdvice } from './errors.ts'
import { InterfaceNames } from './interface-names.ts'
import { firstVerdictSequence, Outbox } from './outbox.ts'

const packetType = messageType.queuePacket.type
const packetHeaders = 20
const retryMilliseconds = 2

/** A queue, as its channel sees it. */
export interface Subscriber {
  receive(bytes: Uint8Array, start: number, end: number, burst: Burst): void
  verdictRefused(error: VerdictError): void
  trouble(error: Error): void
}

const channels = new WeakMap<Transport, Channel>()

/**
 * One transport and the queues on it: hands packets to their queues, answers to the connection, and sends the verdicts of a turn
 * of the event loop together.
 */
export class Channel implements Receiver {
  readonly connection: Connection
  readonly outbox: Outbox
  readonly #transport: Transport
  readonly #subscribers = new Map<number, Subscriber>()
  readonly #saturated = new Set<Subscriber>()
  readonly #names: InterfaceNames
  #delivering = false
  #flushing = false
  #requests = 0

  /** The channel of a transport; queues opened on the same transport share it. */
  static of(transport: Transport): Channel {
    let channel = channels.get(transport)
    if (channel === undefined) {
      channel = new Channel(transport)
      channels.set(transport, channel)
      transport.receive(channel)
    }
    return channel
  }

  private constructor(transport: Transport) {
    this.#transport = transport
    this.outbox = new Outbox(transport)
    this.#names = new InterfaceNames(transport)
    this.connection = new Connection(transport, {
      message: (message) => this.#unsolicited(message),
      error: (error) => {
        for (const subscriber of this.#subscribers.values()) subscriber.trouble(error)
      },
    })
  }

  get(queue: number): Subscriber | undefined {
    return this.#subscribers.get(queue)
  }

  add(queue: number, subscriber: Subscriber): void {
    this.#subscribers.set(queue, subscriber)
  }

  /** Forget a queue; the last one closes the transport. */
  remove(queue: number): void {
    const subscriber = this.#subscribers.get(queue)
    this.#subscribers.delete(queue)
    if (subscriber) this.unsaturated(subscriber)
    this.closeIfUnused()
  }

  /** Close the transport if no queue uses it. */
  closeIfUnused(): void {
    if (this.#subscribers.size > 0) return
    channels.delete(this.#transport)
    this.connection.close()
  }

  get portId(): number {
    return this.#transport.portId
  }

  /** Text of a file of /proc/net in the transport's network namespace. */
  procNet(file: string): string | undefined {
    return this.#subscribers.size === 0 ? undefined : this.#transport.procNet(file)
  }

  /** Datagrams the kernel could not queue to the socket. */
  get socketDropped(): number {
    return this.#subscribers.size === 0 ? 0 : this.#transport.counters().dropped
  }

  /** Ask the kernel something; answers come even while queues are saturated. */
  async request(message: Uint8Array, options?: RequestOptions): Promise<void> {
    this.flush()
    this.#requests++
    this.#transport.resume()
    try {
      await this.connection.request(message, options)
    } finally {
      this.#requests--
      this.#regulate()
    }
  }

  /** This queue cannot take more: the whole transport waits. */
  saturated(subscriber: Subscriber): void {
    this.#saturated.add(subscriber)
    this.#regulate()
  }

  unsaturated(subscriber: Subscriber): void {
    if (this.#saturated.delete(subscriber) && this.#subscribers.size > 0) this.#regulate()
  }

  /** Name of an interface in the transport's network namespace, remembered. */
  interfaceName(index: number): string | undefined {
    return this.#names.get(index)
  }

  batch(batch: Batch): void {
    const { bytes, spans, length } = batch
    const burst = new Burst(batch)
    let queue = -1
    let subscriber: Subscriber | undefined
    this.#delivering = true
    for (let i = 0; i < length; i++) {
      const start = spans[2 * i]!
      const end = start + spans[2 * i + 1]!
      if (end - start >= packetHeaders && u16(bytes, start + 4) === packetType) {
        const number = be16(bytes, start + 18)
        if (number !== queue) {
          queue = number
          subscriber = this.#subscribers.get(number)
        }
        if (subscriber !== undefined) burst.deliver(subscriber, bytes, start, end)
      } else {
        this.connection.datagram(bytes, start, end)
      }
    }
    this.#delivering = false
    burst.letGo()
    this.flush()
  }

  error(error: TransportError): void {
    this.connection.error(error)
  }

  /** A verdict was added: it leaves with the burst, or else with the others of this turn, microtasks included. */
  verdictAdded(): void {
    if (this.#delivering || this.#flushing) return
    this.#flushing = true
    process.nextTick(() => {
      this.#flushing = false
      this.flush()
    })
  }

  /** Send the verdicts there are. What the socket refuses for now is tried again. */
  flush(): void {
    try {
      this.outbox.flush()
    } catch (error) {
      if (this.#subscribers.size === 0) return
      for (const subscriber of this.#subscribers.values()) subscriber.trouble(error as Error)
      setTimeout(() => this.flush(), retryMilliseconds)
    }
  }

  #regulate(): void {
    if (this.#saturated.size > 0 && this.#requests === 0) this.#transport.pause()
    else this.#transport.resume()
  }

  #unsolicited(message: Message): void {
    if (message.sequence < firstVerdictSequence) return
    const { queue, id } = this.outbox.judged(message.sequence)
    const error = refusal(message, message.payload.subarray(4), verdictAdvice)
    if (error) this.#subscribers.get(queue)?.verdictRefused(new VerdictError(queue, id, error))
  }
}
