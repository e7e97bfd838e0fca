import { align, control, putU16, putU32 } from '@nfkit/netlink-codec'
import { logFlags } from '@nfkit/netlink-codec/nflog'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import type { Clock } from '../clock.ts'
import type { Journey } from '../hooks/journey.ts'
import type { Packet } from '../packet.ts'
import type { ConnectionPart } from '../packet-message/connection-part.ts'
import type { LogAction } from './action.ts'
import { LogGroup } from './group.ts'
import { packetMessage } from './packet-message.ts'

/** What the logs need of the rest of the kernel. */
export interface LogHost {
  readonly clock: Clock
  /** Send to a port: 0, or why it did not get there. */
  unicast(portId: number, message: Uint8Array): number
  /** What a message says of the packet's connection. */
  connectionPart(packet: Packet): ConnectionPart | undefined
}

/** What an skb's bookkeeping takes of its memory (struct skb_shared_info). */
const bookkeeping = 320
/** Hundredths of a second to milliseconds. */
const tick = 10

/** Bytes there are in a buffer that was asked for: the allocator rounds up to a power of two (nfulnl_alloc_skb). */
const roomFor = (bytes: number): number => 2 ** Math.ceil(Math.log2(bytes + bookkeeping)) - bookkeeping

/** All log groups of the namespace. */
export class LogTable {
  readonly #host: LogHost
  readonly #groups = new Map<number, LogGroup>()
  #global = 0

  constructor(host: LogHost) {
    this.#host = host
  }

  at(number: number): LogGroup | undefined {
    return this.#groups.get(number)
  }

  create(number: number, portId: number): LogGroup {
    const group = new LogGroup(number, portId)
    this.#groups.set(number, group)
    return group
  }

  /** Send what is gathered, and forget the group. */
  destroy(group: LogGroup): void {
    this.#flush(group)
    this.#groups.delete(group.number)
  }

  closed(portId: number): void {
    for (const group of [...this.#groups.values()]) if (group.portId === portId) this.destroy(group)
  }

  /** Log a packet: nothing happens while nobody reads the group (nfulnl_log_packet). */
  log(journey: Journey, action: LogAction): void {
    const group = this.#groups.get(action.group)
    if (!group) return
    const { clock } = this.#host
    const ct = group.flags & logFlags.conntrack ? this.#host.connectionPart(journey.packet) : undefined
    if (group.flags & logFlags.seqGlobal) this.#global++
    const message = packetMessage(group, journey, action, ct, { now: clock.wall, global: this.#global })
    const size = sizeOf(group.gathered)
    if (group.gathered.length > 0 && size + align(message.length) > roomFor(group.bufferSize)) this.#flush(group)
    group.gathered.push(message)
    const threshold = Math.min(group.threshold, action.threshold || group.threshold)
    if (group.gathered.length >= threshold) this.#flush(group)
    else group.cancelTimer ??= clock.after(group.flushTimeout * tick, () => this.#flush(group))
  }

  /** One datagram of all that is gathered; several messages are ended by one that says so (__nfulnl_send). */
  #flush(group: LogGroup): void {
    group.cancelTimer?.()
    group.cancelTimer = undefined
    const messages = group.gathered
    if (messages.length === 0) return
    group.gathered = []
    this.#host.unicast(group.portId, messages.length === 1 ? messages[0]! : joined(messages))
  }
}

const sizeOf = (messages: readonly Uint8Array[]): number => messages.reduce((sum, { length }) => sum + align(length), 0)

function joined(messages: readonly Uint8Array[]): Uint8Array {
  const size = sizeOf(messages)
  const datagram = new Uint8Array(size + netfilterHeaderSize)
  let at = 0
  for (const message of messages) {
    datagram.set(message, at)
    at += align(message.length)
  }
  putU32(datagram, size, netfilterHeaderSize)
  putU16(datagram, size + 4, control.done)
  return datagram
}
