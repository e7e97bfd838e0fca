import { align, control, messageLength, putU32, u16, u32 } from '@nfkit/netlink-codec'
import type { ReplaySocket } from './replay-socket.ts'
import type { ReceiveStep, ReplayStep } from './replay-step.ts'

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

  /** What a recorded datagram answers, if anything our code sent. */
  askedFor({ socket, bytes, portId }: ReceiveStep): Asked | undefined {
    const sequence = u32(bytes, 8)
    // Events carry the sequence number of whatever request caused them, of any process.
    if (sequence === 0 || (portId !== undefined && u32(bytes, 12) !== portId)) return undefined
    return this.#asked.get(keyOf(socket, sequence))
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
      if (!this.askedFor(step) && !requests.has(keyOf(step.socket, u32(step.bytes, 8)))) return true
    }
    return false
  }

  /** A copy of a recorded datagram as our socket is to receive it. Throws `DecodeError`. */
  rewritten({ bytes: recorded, portId }: ReceiveStep, asked: Asked | undefined, to: ReplaySocket): Uint8Array {
    const bytes = recorded.slice()
    for (let p = 0; p < bytes.length; ) {
      const length = messageLength(bytes, p, bytes.length)
      if (asked) {
        putU32(bytes, p + 8, asked.sequence)
        if (u32(bytes, p + 12) !== 0) putU32(bytes, p + 12, to.portId)
        // The header of the request that an acknowledgement repeats.
        if (u16(bytes, p + 4) === control.error && length >= 36) {
          putU32(bytes, p + 28, asked.sequence)
          putU32(bytes, p + 32, asked.portId)
        }
      } else if (portId !== undefined && u32(bytes, p + 12) === portId) putU32(bytes, p + 12, to.portId)
      p += align(length)
    }
    return bytes
  }
}

function keyOf(socket: string | undefined, sequence: number): string {
  return socket === undefined ? String(sequence) : `${socket} ${sequence}`
}
