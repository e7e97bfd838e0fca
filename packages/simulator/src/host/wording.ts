import type { SackBlock, TcpOption } from '@nfkit/ip-codec'
import { type TcpFields, tcp } from '@nfkit/ip-codec/build'
import type { Range } from './incoming.ts'

/** How a host does TCP. */
export interface SocketTerms {
  /** Bytes of data in one packet: 1,460 by default. */
  readonly mss: number
  /** Segments in one super-packet: 1 by default, which is none. */
  readonly gso: number
  /** How far its windows are shifted; 7 by default. */
  readonly windowScale: number
  /** Whether it uses timestamps (RFC 7323); it does by default. */
  readonly timestamps: boolean
}

const nothing = new Uint8Array(0)

/** The packets of one end of a connection, as its numbers, windows and options have them. */
export class Wording {
  /** Number of its first byte. */
  readonly origin: number
  /** Number of the first byte that comes in; `undefined` until the other end has opened. */
  peer: number | undefined
  /** The newest the other end has told of its clock. */
  peerTimestamp: number | undefined
  readonly #ends: string
  readonly #terms: SocketTerms
  readonly #clock: { readonly uptime: number }

  constructor(ends: string, origin: number, terms: SocketTerms, clock: { readonly uptime: number }) {
    this.#ends = ends
    this.origin = origin
    this.#terms = terms
    this.#clock = clock
  }

  /** A SYN, or the answer to one. */
  opening(isAnswer: boolean): Uint8Array {
    const { mss, windowScale } = this.#terms
    const options: TcpOption[] = [
      { kind: 'mss', size: mss },
      { kind: 'sackPermitted' },
      { kind: 'windowScale', shift: windowScale },
      ...this.#times(true),
    ]
    return this.#segment(-1, 0, { syn: true, ack: isAnswer, options })
  }

  /** Acknowledges what came before `received`, and ranges beyond. */
  answer(at: number, received: number, ranges: readonly Range[]): Uint8Array {
    const blocks = ranges.map(
      ([from, to]): SackBlock => ({ left: (this.peer! + from) >>> 0, right: (this.peer! + to) >>> 0 }),
    )
    const selective: TcpOption[] = blocks.length > 0 ? [{ kind: 'sack', blocks }] : []
    return this.#segment(at, received, { ack: true, options: [...this.#times(), ...selective] })
  }

  /** Data, and the end behind it. */
  data(at: number, received: number, payload: Uint8Array, fin: boolean): Uint8Array {
    return this.#segment(at, received, { ack: true, psh: payload.length > 0, fin, payload, options: this.#times() })
  }

  /** Breaks off. */
  reset(at: number, received: number): Uint8Array {
    return this.#segment(at, received, { ack: true, rst: true })
  }

  #times(opening = false): TcpOption[] {
    if (!this.#terms.timestamps || (!opening && this.peerTimestamp === undefined)) return []
    return [{ kind: 'timestamps', value: Math.floor(this.#clock.uptime) >>> 0, echo: this.peerTimestamp ?? 0 }]
  }

  #segment(at: number, received: number, fields: TcpFields): Uint8Array {
    return tcp(this.#ends, {
      payload: nothing,
      ...fields,
      sequence: (this.origin + at) >>> 0,
      acknowledgment: this.peer === undefined ? 0 : (this.peer + received) >>> 0,
    })
  }
}
