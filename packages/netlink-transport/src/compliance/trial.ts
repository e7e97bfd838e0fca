import { ok } from 'node:assert/strict'
import { messageFlags, putU16, setSequence, u16 } from '@nfkit/netlink-codec'
import { TransportError } from '../errors.ts'
import type { Transport } from '../transport.ts'
import { Inbox } from './inbox.ts'

/** What the suite needs of an implementation. */
export interface Subject {
  /** Newly opened, nothing received yet. The suite closes it. */
  readonly transport: Transport
  /** One message that changes nothing and is never refused: an `NFQNL_MSG_CONFIG` with PF_BIND, say. */
  readonly request: Uint8Array
  /** Another transport over the same socket, as a process has it that inherits the descriptor. Without it, those claims are skipped. */
  readonly heir?: (() => Transport) | undefined
  /** Have another process send a datagram to a port id, and return when it was sent. Without it, that claim is skipped. */
  readonly intrude?: ((portId: number, datagram: Uint8Array) => void | Promise<void>) | undefined
}

/** The transport under test, anew for each test, and short ways to talk to it. */
export class Trial {
  readonly factory: () => Subject | Promise<Subject>
  #subject: Subject | undefined
  #inbox = new Inbox()
  #cleanups: (() => void)[] = []

  constructor(factory: () => Subject | Promise<Subject>) {
    this.factory = factory
  }

  async start(): Promise<void> {
    this.#subject = await this.factory()
    this.#inbox = new Inbox()
  }

  end(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
    this.#subject?.transport.close()
  }

  /** Have something done when the test is over, however it ends. */
  finally(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  get subject(): Subject {
    return this.#subject!
  }

  get transport(): Transport {
    return this.subject.transport
  }

  get inbox(): Inbox {
    return this.#inbox
  }

  /** The request, to be acknowledged. */
  readonly numbered = (sequence: number): Uint8Array => {
    const request = this.subject.request.slice()
    putU16(request, 6, u16(request, 6) | messageFlags.request | messageFlags.ack)
    setSequence(request, sequence)
    return request
  }

  readonly ask = (sequence: number): void => this.transport.send(this.numbered(sequence))

  /** Wait until each of these is answered. */
  readonly answered = (...sequences: number[]): Promise<void> =>
    this.inbox.until(() => sequences.every((n) => this.inbox.sequences.includes(n)))
}

/** What `throws` takes: a `TransportError` that names the system call and, in its sentence, too, one of the errors. */
export const refusal =
  (syscall: string, ...codes: string[]) =>
  (error: unknown): true => {
    ok(error instanceof TransportError, `${error} is no TransportError`)
    ok(error.syscall === syscall && codes.includes(error.code) && error.message.includes(error.code), error)
    return true
  }

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Long enough for anything that waits to be delivered. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Take uncaught exceptions away from the test runner until the test ends. */
function catchUncaught(trial: Trial, listener: (error: unknown) => void): void {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', listener)
  trial.finally(() => {
    process.off('uncaughtException', listener)
    for (const other of others) process.on('uncaughtException', other)
  })
}

/** The trial's receiver throws at its first batch, and goes on. Returns what it throws, and what has been uncaught so far. */
export function throwingOnce(trial: Trial): { readonly mistake: Error; readonly uncaught: readonly unknown[] } {
  const { transport, inbox } = trial
  const uncaught: unknown[] = []
  catchUncaught(trial, (error) => uncaught.push(error))
  transport.receive(inbox)
  const mistake = new Error('a mistake in a receiver')
  inbox.onBatch = (batch) => {
    batch.release()
    inbox.onBatch = (next) => next.release()
    throw mistake
  }
  return { mistake, uncaught }
}
