import { setImmediate } from 'node:timers'
import { control, type Errno, errno, messageFlags, messages, putU16, u16 } from '@nfkit/netlink-codec'
import type { Random } from './random.ts'
import type { Datagram } from './socket/datagram.ts'
import type { NetlinkSocket } from './socket/netlink-socket.ts'

/** What can go wrong between the kernel and a socket. `at` counts from now: 1 is the next datagram it is about. */
export type SocketFault =
  /** The next `times` reads (1 by default) fail. */
  | { readonly kind: 'read error'; readonly code: Errno; readonly times?: number }
  /** This datagram finds no room in the receive buffer. */
  | { readonly kind: 'overrun'; readonly at?: number }
  /** This datagram is cut to `length` bytes. */
  | { readonly kind: 'truncated datagram'; readonly at?: number; readonly length: number }
  /** This acknowledgement or error never comes. */
  | { readonly kind: 'lost answer'; readonly at?: number }
  /** This acknowledgement or error comes so many turns of the event loop late. */
  | { readonly kind: 'delayed answer'; readonly at?: number; readonly turns: number }
  /** What is read in each of the next turns (1 by default) comes in another order. */
  | { readonly kind: 'reordered messages'; readonly turns?: number }
  /** The next dump says that the table changed meanwhile (NLM_F_DUMP_INTR). */
  | { readonly kind: 'interrupted dump' }
  /** From now on so few datagrams are read in one turn; `Infinity` ends it. */
  | { readonly kind: 'slow consumer'; readonly datagrams: number }
  /** Another process sends this to the socket. */
  | { readonly kind: 'foreign sender'; readonly datagram: Uint8Array }

/** What can go wrong with everything at once. */
export type KernelFault =
  /** Another socket owns the queue from now on; what waits in it is gone. */
  | { readonly kind: 'queue stolen'; readonly queue: number }
  | { readonly kind: 'interface down'; readonly interface: string | number }
  /** nfnetlink_queue was unloaded: its queues are gone, and its messages are not known any more. */
  | { readonly kind: 'module gone' }
  /** The queue's next packet has this id. */
  | { readonly kind: 'next id'; readonly queue: number; readonly id: number }

export type Fault = SocketFault | KernelFault

interface Armed {
  readonly fault: SocketFault
  left: number
}

/** Faults of sockets that have not happened yet. */
export class Faults {
  /** Whether there are any: the way datagrams take is short while there are not. */
  armed = false
  readonly #bySocket = new Map<NetlinkSocket, Armed[]>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  add(socket: NetlinkSocket, fault: SocketFault): void {
    const list = this.#bySocket.get(socket) ?? []
    const kept = fault.kind === 'slow consumer' ? list.filter((one) => one.fault.kind !== fault.kind) : list
    this.#bySocket.set(socket, [...kept, { fault, left: countOf(fault) }])
    this.armed = true
  }

  /** What becomes of a datagram that is about to be queued; `refused` when it finds no room. */
  intercept(socket: NetlinkSocket, datagram: Datagram): Datagram | undefined | 'refused' {
    for (const armed of this.#of(socket)) {
      const { fault } = armed
      if (!concerns(fault, datagram)) continue
      armed.left--
      if (armed.left > 0) continue
      this.#disarm(socket, armed)
      if (fault.kind === 'overrun') return 'refused'
      if (fault.kind === 'lost answer') return undefined
      if (fault.kind === 'truncated datagram') return { ...datagram, bytes: datagram.bytes.slice(0, fault.length) }
      if (fault.kind === 'delayed answer') {
        later(fault.turns, () => socket.received.offer(datagram) && socket.onReadable?.())
        return undefined
      }
    }
    return datagram
  }

  /** The errno the next read fails with; 0 when it does not. */
  failure(socket: NetlinkSocket): number {
    const armed = this.#next(socket, 'read error')
    return armed?.fault.kind === 'read error' ? errno[armed.fault.code] : 0
  }

  /** Datagrams one turn may read. */
  burst(socket: NetlinkSocket, usual: number): number {
    const slow = this.#of(socket).find(({ fault }) => fault.kind === 'slow consumer')
    return slow?.fault.kind === 'slow consumer' ? Math.min(slow.fault.datagrams, usual) : usual
  }

  /** Put what one turn read into another order, if that is due. */
  arrange(socket: NetlinkSocket, burst: Datagram[]): void {
    if (burst.length < 2 || !this.#next(socket, 'reordered messages')) return
    for (let i = burst.length - 1; i > 0; i--) {
      const j = this.#random() % (i + 1)
      ;[burst[i], burst[j]] = [burst[j]!, burst[i]!]
    }
    // Never the order it was in.
    burst.push(burst.shift()!)
  }

  /** Mark a part of a dump, if that is due. */
  interrupt(socket: NetlinkSocket, part: Uint8Array): void {
    if (!this.#next(socket, 'interrupted dump')) return
    for (const { start, flags } of messages(part)) putU16(part, start + 6, flags | messageFlags.dumpInterrupted)
  }

  #next(socket: NetlinkSocket, kind: SocketFault['kind']): Armed | undefined {
    const armed = this.#of(socket).find(({ fault }) => fault.kind === kind)
    if (!armed) return undefined
    armed.left--
    if (armed.left <= 0) this.#disarm(socket, armed)
    return armed
  }

  #of(socket: NetlinkSocket): readonly Armed[] {
    return this.armed ? (this.#bySocket.get(socket) ?? []) : []
  }

  #disarm(socket: NetlinkSocket, armed: Armed): void {
    const left = this.#of(socket).filter((other) => other !== armed)
    if (left.length > 0) this.#bySocket.set(socket, left)
    else this.#bySocket.delete(socket)
    this.armed = this.#bySocket.size > 0
  }
}

function countOf(fault: SocketFault): number {
  switch (fault.kind) {
    case 'read error':
      return fault.times ?? 1
    case 'reordered messages':
      return fault.turns ?? 1
    case 'overrun':
    case 'truncated datagram':
    case 'lost answer':
    case 'delayed answer':
      return fault.at ?? 1
    default:
      return 1
  }
}

function concerns({ kind }: SocketFault, { bytes }: Datagram): boolean {
  const answer = bytes.length >= 16 && u16(bytes, 4) === control.error
  if (kind === 'lost answer' || kind === 'delayed answer') return answer
  return kind === 'overrun' || kind === 'truncated datagram'
}

function later(turns: number, run: () => void): void {
  setImmediate(() => (turns > 1 ? later(turns - 1, run) : run()))
}
