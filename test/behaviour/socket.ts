import {
  type AckAttrs,
  control,
  decodeAck,
  errnoName,
  type Message,
  messageFlags,
  messages,
  putU16,
  setSequence,
  u16,
  u32,
} from '@nfkit/netlink-codec'
import type { Transport } from '@nfkit/netlink-transport'
import { rawMessage } from './request.ts'
import { type Item, TransportWire, type Wire } from './wire.ts'

/** How the kernel answered one request. */
export interface Answer {
  /** `0`, or the error's name: `ENOENT`. */
  readonly error: string
  /** What came before the acknowledgement. */
  readonly replies: readonly Message[]
  /** The acknowledgement itself. */
  readonly ack: Message
  readonly extended: AckAttrs
}

/** How the kernel answered a dump. */
export interface Dump {
  readonly error: string
  readonly entries: readonly Message[]
  /** The datagrams as they came, DONE included. */
  readonly datagrams: readonly (readonly Message[])[]
  /** What ended it: DONE, or an error. */
  readonly end: Message
}

/** How long a kernel that does answer may take; an emulated one is slow. */
const patience = 10_000
/** After how long a marker without an answer is sent again. */
const again = 100
const markerBase = 0x7f00_0000

/** A netlink socket in the hands of a scenario. */
export class Socket {
  readonly #wire: Wire
  #sequence = 0x1000
  #marker = markerBase

  constructor(wire: Wire) {
    this.#wire = wire
  }

  get portId(): number {
    return this.#wire.portId
  }

  /** What a socket over a transport can do besides. Throws for one that is not. */
  get transport(): Transport {
    if (this.#wire instanceof TransportWire) return this.#wire.transport
    throw new Error('this socket has no transport')
  }

  /** Send messages in one datagram, as they are. */
  async send(...parts: readonly Uint8Array[]): Promise<void> {
    const datagram = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
    let at = 0
    for (const part of parts) {
      datagram.set(part, at)
      at += part.length
    }
    await this.#wire.send(datagram)
  }

  /** All that has arrived by now, and nothing may be on its way: a message without meaning is sent, and its answer comes last. */
  async take(): Promise<Item[]> {
    const items: Item[] = []
    const first = this.#marker + 1
    const isMark = (item: Item) => isMarker(item) && u32(item as Uint8Array, 8) >= first
    for (const end = Date.now() + patience; ; ) {
      const sequence = ++this.#marker
      await this.#wire.send(
        rawMessage({ type: control.noop, flags: messageFlags.request | messageFlags.ack, sequence }),
      )
      // Lost when the socket is congested: then it is sent again.
      const arrived = await this.#wire.collect((so) => so.some(isMark), again)
      items.push(...arrived.filter((item) => !isMarker(item)))
      if (arrived.some(isMark)) return items
      if (Date.now() > end) throw new Error('the kernel answers no more')
    }
  }

  /** The same, as messages; an error of the socket is a failure. */
  async messages(): Promise<Message[]> {
    return (await this.take()).flatMap((item) => messagesOf(item))
  }

  /** Wait until `count` datagrams have arrived, for what does not come at once. */
  async wait(count: number, milliseconds = patience): Promise<Message[]> {
    const mine = (items: readonly Item[]) => items.filter((item) => !isMarker(item))
    return mine(await this.#wire.collect((items) => mine(items).length >= count, milliseconds)).flatMap(messagesOf)
  }

  /** Send one request with REQUEST and ACK set; resolves to its acknowledgement and what came before. */
  async ask(request: Uint8Array): Promise<Answer> {
    const sequence = ++this.#sequence
    await this.send(stamped(request, sequence, messageFlags.request | messageFlags.ack))
    const arrived = (await this.take()).flatMap(messagesOf)
    const ack = arrived.find((message) => message.type === control.error && message.sequence === sequence)
    if (ack === undefined) throw new Error(`no answer to message type 0x${u16(request, 4).toString(16)}`)
    const { errno, extended } = decodeAck(ack)
    return { error: named(errno), replies: arrived.slice(0, arrived.indexOf(ack)), ack, extended }
  }

  /** Ask, and fail unless the kernel agrees. */
  async must(request: Uint8Array): Promise<readonly Message[]> {
    const { error, replies } = await this.ask(request)
    if (error !== '0') throw new Error(`message type 0x${u16(request, 4).toString(16)} was refused: ${error}`)
    return replies
  }

  /** Send one dump request and collect until its end. */
  async dump(request: Uint8Array, flags: number = messageFlags.dump): Promise<Dump> {
    const sequence = ++this.#sequence
    await this.send(stamped(request, sequence, messageFlags.request | messageFlags.ack | flags))
    const ends = (message: Message) =>
      message.sequence === sequence && (message.type === control.done || message.type === control.error)
    const items = await this.#wire.collect((so) => so.some((item) => messagesOf(item).some(ends)), patience)
    const datagrams = items.filter((item) => !isMarker(item)).map(messagesOf)
    const all = datagrams.flat()
    const end = all.find(ends)
    if (end === undefined) throw new Error('the dump has no end')
    return { error: named(decodeAck(end).errno), entries: all.filter((message) => message !== end), datagrams, end }
  }

  /** Join a multicast group: `0`, or the error's name. */
  join(group: number): Promise<string> {
    return this.#wire.join(group)
  }

  /** Closing twice is fine. */
  async close(): Promise<void> {
    await this.#wire.close()
  }
}

/** The messages of one datagram. */
export function messagesOf(item: Item): Message[] {
  if (typeof item === 'string') throw new Error(`the socket failed with ${item}`)
  return [...messages(item)]
}

/** `0` for success, else the error's name. */
export const named = (errno: number): string => (errno === 0 ? '0' : errnoName(errno))

/** The error an answer carries. */
export const errorOf = (message: Message): string => named(decodeAck(message).errno)

/** What a datagram is answered with: `[sequence, error]` of each. */
export async function answers(socket: Socket, ...parts: Uint8Array[]): Promise<[number, string][]> {
  await socket.send(...parts)
  return (await socket.messages()).map((message) => [message.sequence, errorOf(message)])
}

function stamped(request: Uint8Array, sequence: number, flags: number): Uint8Array {
  putU16(request, 6, u16(request, 6) | flags)
  setSequence(request, sequence)
  return request
}

const isMarker = (item: Item): boolean =>
  typeof item !== 'string' &&
  item.length >= 16 &&
  u16(item, 4) === control.error &&
  u32(item, 8) >= markerBase &&
  u32(item, 8) < 0x8000_0000
