import { be16 } from '@nfkit/inet/bytes'
import { type Message, u16 } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import {
  argument,
  type Batch,
  Connection,
  InterfaceNames,
  type Receiver,
  type RequestOptions,
  refusal,
  type Transport,
  type TransportError,
  throwAside,
} from '@nfkit/netlink-transport'
import { type Ending, VerdictError, verdictAdvice } from '../errors.ts'
import { Burst, holdsLarge } from '../packet/burst.ts'
import { queueProtocol } from '../protocol.ts'
import { verdictNumbers } from './numbering.ts'
import { Outbox } from './outbox.ts'
import { Reading } from './reading.ts'
import { isFinal, Sender, type SenderOwner } from './sender.ts'
import type { Subscriber } from './subscriber.ts'

const packetType = nfqueueMessage.packet.type
const packetHeaders = 20

const channels = new WeakMap<Transport, Channel>()

/**
 * One transport and the queues on it: hands packets to their queues, answers to the connection, and sends the verdicts of a turn
 * of the event loop together.
 */
export class Channel implements Receiver, SenderOwner {
  readonly connection: Connection
  readonly outbox: Outbox
  /** Whether datagrams are read: while no queue is saturated. */
  readonly reading: Reading
  readonly #transport: Transport
  readonly #subscribers = new Map<number, Subscriber>()
  readonly #names: InterfaceNames
  readonly #sender: Sender
  #delivering = false
  #socketDropped = 0

  /** The channel of a transport; queues opened on the same transport share it. */
  static of(transport: Transport): Channel {
    let channel = channels.get(argument.transport(transport))
    if (channel === undefined) {
      channel = new Channel(transport)
      channels.set(transport, channel)
      transport.receive(channel)
    }
    return channel
  }

  private constructor(transport: Transport) {
    this.#transport = transport
    this.reading = new Reading(transport, (error) => this.#sender.failed(error))
    this.#names = new InterfaceNames(transport)
    this.connection = new Connection(transport, queueProtocol, {
      message: (message) => this.#unsolicited(message),
      error: (error) => (isFinal(error) ? this.#sender.failed(error) : this.trouble(error)),
    })
    this.outbox = new Outbox(transport, this.connection.reserve(verdictNumbers))
    this.#sender = new Sender(this.outbox, this)
  }

  get(queue: number): Subscriber | undefined {
    return this.#subscribers.get(queue)
  }

  add(queue: number, subscriber: Subscriber): void {
    this.#subscribers.set(queue, subscriber)
  }

  /** Whether other queues keep the transport open when one goes. */
  get isShared(): boolean {
    return this.#subscribers.size > 1
  }

  /** The kernel has unbound a queue, or it is another program's: what could not be sent for it never will be. */
  unbound(queue: number, ending: Ending = 'closing'): void {
    this.#subscribers.get(queue)?.removed(this.outbox.withdraw(queue), this.#sender.failure, ending)
  }

  /** Forget a queue, and what could not be sent for it; the last one closes the transport. */
  remove(queue: number, ending?: Ending): void {
    const subscriber = this.#subscribers.get(queue)
    this.unbound(queue, ending)
    this.#subscribers.delete(queue)
    if (subscriber) this.reading.unsaturated(subscriber)
    this.closeIfUnused()
  }

  /** Close the transport if no queue uses it. */
  closeIfUnused(): void {
    if (this.#subscribers.size > 0) return
    this.look()
    channels.delete(this.#transport)
    this.#sender.stop()
    this.connection.close()
  }

  get portId(): number {
    return this.#transport.portId
  }

  /** Whether another program may have bound queues on this socket. */
  get inherited(): boolean {
    return this.#transport.inherited ?? false
  }

  /** Text of a file of /proc/net in the transport's network namespace. */
  procNet(file: string): string | undefined {
    return this.#subscribers.size === 0 ? undefined : this.#transport.procNet(file)
  }

  /** Datagrams the kernel could not queue to the socket, as long as that was open. */
  get socketDropped(): number {
    if (this.#subscribers.size > 0) this.look()
    return this.#socketDropped
  }

  /** Whether the socket was closed under its queues. */
  get ended(): boolean {
    return this.#sender.ended
  }

  /** Ask the kernel something; answers come even while queues are saturated. */
  async request(message: Uint8Array, options?: RequestOptions): Promise<void> {
    this.flush()
    await this.reading.during(() => this.connection.request(message, options))
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
    // A burst with large packets is megabytes: what a copy of a small one takes, 0.3 µs, is nothing beside any of those.
    const amongLarge = holdsLarge(batch)
    let apart = amongLarge
    this.#delivering = true
    for (let i = 0; i < length; i++) {
      const start = spans[2 * i]!
      const end = start + spans[2 * i + 1]!
      try {
        if (end - start >= packetHeaders && u16(bytes, start + 4) === packetType) {
          const number = be16(bytes, start + 18)
          if (number !== queue) {
            queue = number
            subscriber = this.#subscribers.get(number)
            apart = amongLarge || (subscriber?.isBehind ?? false)
          }
          if (subscriber !== undefined) burst.deliver(subscriber, start, end, apart)
        } else {
          this.connection.datagram(bytes, start, end)
        }
      } catch (error) {
        // Ours, if there is one: the packets behind it get their verdicts all the same.
        subscriber?.missed()
        throwAside(error)
      }
    }
    this.#delivering = false
    this.#sender.answer()
    burst.letGo()
  }

  error(error: TransportError): void {
    this.connection.error(error)
  }

  /** A verdict was added: it leaves with the burst, or else with the others of this turn, microtasks included. */
  verdictAdded(): void {
    if (!this.#delivering) this.#sender.schedule()
  }

  /** The same for who has given one outside: those of a burst leave with it. */
  flushNow(): void {
    if (!this.#delivering) this.flush()
  }

  /** Send the verdicts there are. Verdicts that the socket refuses for now are sent later. */
  flush(): void {
    this.#sender.flush()
  }

  /** Resolves when the verdicts there are have been sent, or none can be any more. */
  emptied(): Promise<void> {
    return this.#sender.emptied()
  }

  /** Call `again` when verdicts can be sent; never when the socket is closed. */
  retry(again: () => void): void {
    this.#sender.emptied().then(() => {
      if (!this.ended) again()
    })
  }

  trouble(error: Error): void {
    for (const subscriber of this.#subscribers.values()) subscriber.trouble(error)
  }

  closed(error: Error): void {
    for (const subscriber of [...this.#subscribers.values()]) subscriber.ended(error)
  }

  /** Ask the socket for its numbers: one that other code has closed ends its queues. */
  look(): void {
    try {
      this.#socketDropped = this.#transport.counters().dropped
    } catch (error) {
      this.#sender.failed(error as Error)
    }
  }

  #unsolicited(message: Message): void {
    const judged = this.outbox.judged(message.sequence)
    if (judged === undefined) return
    const { queue, ids } = judged
    const error = refusal(message, message.payload.subarray(4), queueProtocol, verdictAdvice)
    if (error) for (const id of ids) this.#subscribers.get(queue)?.verdictRefused(new VerdictError(queue, id, error))
  }
}
