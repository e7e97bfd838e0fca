import { EncodeError } from '@nfkit/netlink-codec'
import { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'

/**
 * What becomes of a packet.
 *
 * `accept`: it goes on with the next hook function; the rest of the table or chain that queued it is skipped.
 * `drop`: it is freed, and its sender is not told. `repeat`: the same hook function sees it again, for ever unless a changed mark
 * leads it elsewhere. `stop`: it passes without the hook functions that would follow. `{ queue }`: it moves to another queue under
 * a new id; when no program reads that queue, the packet is dropped, or accepted with `bypass` (nf_reinject, net/netfilter/nf_queue.c).
 */
export type Verdict = 'accept' | 'drop' | 'repeat' | 'stop' | QueueVerdict

/** The verdict that sends a packet on to another queue. */
export interface QueueVerdict {
  /** 0 to 65535. */
  readonly queue: number
  /** Let the packet pass when no program listens to that queue. */
  readonly bypass?: boolean | undefined
}

/** The kinds of verdict, as counters name them. */
export type VerdictKind = 'accept' | 'drop' | 'repeat' | 'stop' | 'queue'

/** The verdicts that are a word, and the kernel's number of each. */
export const verdictWords = {
  accept: verdicts.accept,
  drop: verdicts.drop,
  repeat: verdicts.repeat,
  stop: verdicts.stop,
} as const
const bypassFlag = 0x8000

export const kindOf = (verdict: Verdict): VerdictKind => (typeof verdict === 'string' ? verdict : 'queue')

/**
 * The number the kernel reads. Only queue verdicts have high bits: an `accept` with any of them set would act like `stop`, which is
 * why no number comes from a caller. Throws `EncodeError`.
 */
export function verdictWord(verdict: Verdict): number {
  if (typeof verdict === 'string') {
    if (!Object.hasOwn(verdictWords, verdict)) throw new EncodeError('verdict', `there is no verdict "${verdict}"`)
    return verdictWords[verdict]
  }
  if (typeof verdict !== 'object' || verdict === null)
    throw new EncodeError('verdict', `there is no verdict ${String(verdict)}`)
  const { queue, bypass } = verdict
  if (!isQueueNumber(queue))
    throw new EncodeError('verdict', `queue ${String(queue)} is no whole number from 0 to 65535`)
  return ((queue << 16) | (bypass ? bypassFlag : 0) | verdicts.queue) >>> 0
}

export const isQueueNumber = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff
