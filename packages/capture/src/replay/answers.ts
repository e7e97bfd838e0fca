import { align, control, messageLength, putU32, u16, u32 } from '@nfkit/netlink-codec'
import type { ReplaySocket } from './socket.ts'
import type { ReceiveStep, ReplayStep } from './step.ts'

/** Requests whose answers may still come, at most: the oldest are forgotten. */
const mostRequests = 4096

/** A request our code sent in place of a recorded one. */
export interface Asked {
  readonly socket: ReplaySocket
  /** As our code sent them. */
  readonly sequence: number
  readonly portId: number
  readonly wantsAnswer: boolean
  /** The acknowledgement our code asked for, and the recorded program did not: due after the first answer. */
  acknowledgement: (() => void) | undefined
}

/** Turns recorded answers into answers to what our code sent: sequence numbers and port ids are ours. */
export class ReplayAnswers {
  readonly #asked = new Map<string, Asked>()
  /** Names of the recorded sockets by port id. */
  readonly #recorded = new Map<number, string>()
  readonly #sockets: ReadonlyMap<string, ReplaySocket>

  /** `sockets` are those our code has opened, by name. */
  constructor(sockets: ReadonlyMap<string, ReplaySocket>) {
    this.#sockets = sockets
  }

  /** Our code sent what was recorded with this sequence number. */
  add(socket: string | undefined, sequence: number, asked: Asked): void {
    const key = keyOf(socket, sequence)
    this.#asked.delete(key)
    this.#asked.set(key, asked)
    if (this.#asked.size <= mostRequests) return
    for (const oldest of this.#asked.keys()) {
      this.#asked.delete(oldest)
      return
    }
  }

  /** Learn which port id the socket of a step had. */
  see({ socket, portId }: ReplayStep): void {
    if (socket !== undefined && portId !== undefined) this.#recorded.set(portId, socket)
  }

  /** What our code sent that a recorded datagram answers, or that caused the event it is. */
  askedFor({ socket, bytes }: ReceiveStep): Asked | undefined {
    const sequence = u32(bytes, 8)
    if (sequence === 0) return undefined
    // Events carry the sequence number of the request that caused them, of any process.
    const cause = socket === undefined ? undefined : this.#recorded.get(u32(bytes, 12))
    return socket !== undefined && cause === undefined ? undefined : this.#asked.get(keyOf(cause, sequence))
  }

  /** Whether one of `steps` answers the request recorded with a sequence number. */
  isAnswered(socket: string | undefined, sequence: number, steps: readonly ReplayStep[]): boolean {
    return steps.some((step) => step.kind === 'receive' && step.socket === socket && u32(step.bytes, 8) === sequence)
  }

  /**
   * Whether there is something among `steps` that the kernel sends by itself: a packet, an event. What answers our code's requests,
   * or those that come before it, is not.
   */
  hasUnsolicited(steps: readonly ReplayStep[]): boolean {
    const requests = new Set<string>()
    for (const step of steps) {
      if (step.kind === 'send') for (const { sequence } of step.messages) requests.add(keyOf(step.socket, sequence))
      if (step.kind !== 'receive') continue
      const sequence = u32(step.bytes, 8)
      // Of what has the number 0, as packets and events have, only errors answer a program that does not number its requests.
      const answers = requests.has(keyOf(step.socket, sequence)) && (sequence !== 0 || isControl(step.bytes))
      if (!this.askedFor(step) && !answers) return true
    }
    return false
  }

  /** A copy of a recorded datagram as our code receives it. Throws `DecodeError`. */
  rewritten({ bytes: recorded }: ReceiveStep, asked: Asked | undefined): Uint8Array {
    const bytes = recorded.slice()
    for (let p = 0; p < bytes.length; ) {
      const length = messageLength(bytes, p, bytes.length)
      const portId = asked && u32(bytes, p + 12) !== 0 ? asked.socket.portId : this.#portIdOf(u32(bytes, p + 12))
      if (portId !== undefined) putU32(bytes, p + 12, portId)
      if (asked) {
        putU32(bytes, p + 8, asked.sequence)
        // The header of the request that an acknowledgement repeats.
        if (u16(bytes, p + 4) === control.error && length >= 36) {
          putU32(bytes, p + 28, asked.sequence)
          putU32(bytes, p + 32, asked.portId)
        }
      }
      p += align(length)
    }
    return bytes
  }

  /** What our socket in place of a recorded one has for a port id. */
  #portIdOf(recorded: number): number | undefined {
    const name = this.#recorded.get(recorded)
    return name === undefined ? undefined : this.#sockets.get(name)?.portId
  }
}

const isControl = (datagram: Uint8Array): boolean => u16(datagram, 4) <= control.overrun

function keyOf(socket: string | undefined, sequence: number): string {
  return socket === undefined ? String(sequence) : `${socket} ${sequence}`
}
