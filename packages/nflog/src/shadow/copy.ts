import { LoggedPacketView } from '../packet.ts'
import type { Judgeable, LiveVerdict, ShadowChanges, ShadowPolicy, ShadowVerdict } from './policy.ts'

const words = { accept: true, drop: true, repeat: true, stop: true } as const

/** A logged packet in a policy's hands: its verdict is noted, and goes nowhere. The first one counts. */
class JudgedCopy extends LoggedPacketView implements Judgeable {
  judged: LiveVerdict | undefined

  constructor({ message, readAt, names }: LoggedPacketView) {
    super(message, readAt, names)
  }
  accept(changes?: ShadowChanges): void {
    this.#note('accept', changes)
  }
  drop(changes?: ShadowChanges): void {
    this.#note('drop', changes)
  }
  repeat(changes?: ShadowChanges): void {
    this.#note('repeat', changes)
  }
  stop(changes?: ShadowChanges): void {
    this.#note('stop', changes)
  }
  requeue(queue: number, changes?: ShadowChanges): void {
    this.#note({ queue }, changes)
  }
  /** A handler may say that its verdict comes later. */
  hold(): this {
    return this
  }

  #note(verdict: ShadowVerdict, changes: ShadowChanges | undefined): void {
    this.judged ??= { verdict, changes }
  }
}

/** What the policy says of a copy; rejects with what it throws, and with `Error` when it says nothing. */
export async function judgedBy(policy: ShadowPolicy, packet: LoggedPacketView): Promise<LiveVerdict> {
  const copy = new JudgedCopy(packet)
  const returned: unknown = await policy(copy)
  if (copy.judged) return copy.judged
  if (typeof returned === 'string' && Object.hasOwn(words, returned)) return { verdict: returned as keyof typeof words }
  throw new Error(
    `the policy gave the packet no verdict: it returned ${typeof returned === 'string' ? JSON.stringify(returned) : typeof returned}`,
  )
}
