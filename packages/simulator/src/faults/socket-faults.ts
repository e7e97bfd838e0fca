import { control, errno, messageFlags, messages, putU16, u16 } from '@nfkit/netlink-codec'
import { nextTurn } from '@nfkit/netlink-transport/memory'
import type { Random } from '../random.ts'
import type { Datagram } from '../socket/datagram.ts'
import type { Faults } from '../socket/socket-host.ts'
import type { SocketFault } from './fault.ts'

type Kind = SocketFault['kind']
type Of<K extends Kind> = Extract<SocketFault, { readonly kind: K }>

/** What faults happen to: a simulated socket, or a transport with faults. */
export interface Afflicted {
  readonly portId: number
}

interface Armed {
  readonly fault: SocketFault
  left: number
}

/** Faults of sockets that have not happened yet. */
export class SocketFaults implements Faults {
  armed = false
  readonly #bySocket = new Map<Afflicted, readonly Armed[]>()
  readonly #random: Random
  /** Faults of the next socket to be opened. */
  #next: SocketFault[] = []
  /** The errno the next socket cannot be opened with; 0 when it can. */
  refusal = 0

  constructor(random: Random) {
    this.#random = random
  }

  add(socket: Afflicted | 'next socket', fault: SocketFault): void {
    if (socket === 'next socket') {
      this.#next.push(fault)
      return
    }
    const list = this.#bySocket.get(socket) ?? []
    const left = countOf(fault)
    const replaces = fault.kind === 'slow consumer' || left === 0
    const kept = replaces ? list.filter((one) => one.fault.kind !== fault.kind) : list
    this.#set(socket, left === 0 ? kept : [...kept, { fault, left }])
  }

  /** Faults that have not happened, and where each will. Lasting ones, such as slowness, are none of them. */
  get due(): readonly { readonly fault: SocketFault; readonly socket: Afflicted | 'next socket' }[] {
    const next = this.#next.map((fault) => ({ fault, socket: 'next socket' as const }))
    const armed = Array.from(this.#bySocket, ([socket, list]) => list.map(({ fault }) => ({ fault, socket }))).flat()
    return [...armed, ...next].filter(({ fault }) => fault.kind !== 'slow consumer')
  }

  /** The refusal, which happens once. */
  takeRefusal(): number {
    const { refusal } = this
    this.refusal = 0
    return refusal
  }

  /** Faults that were injected for the next socket happen to this one. */
  opened(socket: Afflicted): void {
    for (const fault of this.#next.splice(0)) this.add(socket, fault)
  }

  intercept(
    socket: Afflicted,
    datagram: Datagram,
    late: (datagram: Datagram) => void,
  ): Datagram | undefined | 'refused' {
    for (const armed of this.#of(socket)) {
      const { fault } = armed
      if (!concerns(fault, datagram)) continue
      armed.left--
      if (armed.left > 0) continue
      this.#disarm(socket, armed)
      switch (fault.kind) {
        case 'overrun':
          return 'refused'
        case 'lost answer':
          return undefined
        case 'truncated datagram':
          return { ...datagram, bytes: datagram.bytes.slice(0, fault.length) }
        case 'damaged datagram':
          return { ...datagram, bytes: datagram.bytes.with(fault.offset, fault.byte) }
        case 'delayed answer':
          later(fault.turns, () => late(datagram))
          return undefined
      }
    }
    return datagram
  }

  failure(socket: Afflicted, kind: 'read error' | 'send error'): number {
    const fault = this.#take(socket, kind)
    return fault ? errno[fault.code] : 0
  }

  /** Datagrams one turn may read. */
  burst(socket: Afflicted, usual: number): number {
    const slow = this.#of(socket).find(({ fault }) => fault.kind === 'slow consumer')
    return slow?.fault.kind === 'slow consumer' ? Math.min(slow.fault.datagrams, usual) : usual
  }

  /** Put what one turn read into another order, if that is due. */
  arrange(socket: Afflicted, burst: Datagram[]): void {
    if (burst.length < 2 || !this.#take(socket, 'reordered messages')) return
    // Sattolo's algorithm: one cycle through all of them, so that none stays where it was.
    for (let i = burst.length - 1; i > 0; i--) {
      const j = this.#random() % i
      ;[burst[i], burst[j]] = [burst[j]!, burst[i]!]
    }
  }

  interrupt(socket: Afflicted, part: Uint8Array): void {
    if (!this.#take(socket, 'interrupted dump')) return
    for (const { start, flags } of messages(part)) putU16(part, start + 6, flags | messageFlags.dumpInterrupted)
  }

  dumpFailure(socket: Afflicted): number {
    const fault = this.#take(socket, 'failed dump')
    return fault ? errno[fault.code] : 0
  }

  /** The next fault of a kind, which happens now. */
  #take<K extends Kind>(socket: Afflicted, kind: K): Of<K> | undefined {
    const armed = this.#of(socket).find(({ fault }) => fault.kind === kind)
    if (!armed) return undefined
    armed.left--
    if (armed.left <= 0) this.#disarm(socket, armed)
    return armed.fault as Of<K>
  }

  #of(socket: Afflicted): readonly Armed[] {
    return this.armed ? (this.#bySocket.get(socket) ?? []) : []
  }

  #disarm(socket: Afflicted, armed: Armed): void {
    this.#set(
      socket,
      this.#of(socket).filter((other) => other !== armed),
    )
  }

  #set(socket: Afflicted, list: readonly Armed[]): void {
    if (list.length > 0) this.#bySocket.set(socket, list)
    else this.#bySocket.delete(socket)
    this.armed = this.#bySocket.size > 0
  }
}

function countOf(fault: SocketFault): number {
  switch (fault.kind) {
    case 'read error':
    case 'send error':
      return fault.times ?? 1
    case 'reordered messages':
      return fault.turns ?? 1
    case 'overrun':
    case 'truncated datagram':
    case 'damaged datagram':
    case 'lost answer':
    case 'delayed answer':
      return fault.at ?? 1
    default:
      return 1
  }
}

/** Faults of datagrams that are any datagram's. */
const ofAny: readonly Kind[] = ['overrun', 'truncated datagram', 'damaged datagram']

function concerns({ kind }: SocketFault, { bytes }: Datagram): boolean {
  if (kind !== 'lost answer' && kind !== 'delayed answer') return ofAny.includes(kind)
  const type = bytes.length >= 16 ? u16(bytes, 4) : 0
  return type === control.error || type === control.done
}

function later(turns: number, run: () => void): void {
  nextTurn(() => (turns > 1 ? later(turns - 1, run) : run()))
}
