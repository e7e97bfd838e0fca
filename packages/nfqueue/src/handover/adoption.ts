import { errno } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage, type QueueStatus } from '@nfkit/netlink-codec/nfqueue'
import { NetlinkError } from '@nfkit/netlink-transport'
import { verdictAdvice } from '../errors.ts'
import type { InFlight } from '../judging/in-flight.ts'
import { type Verdict, verdictWord } from '../packet/verdict.ts'
import type { Handover } from './handover.ts'

/** What is known of a queue that is taken over. */
export interface Estate {
  /** What the program before said, if it could. */
  readonly handover: Handover | undefined
  /** The kernel's line of the queue, read before it was asked anything. */
  readonly status: QueueStatus | undefined
  /** The verdict of what was read before, and not judged. */
  readonly orphans: Verdict
}

/**
 * Bind a queue, or give it the settings where this socket has bound it already: returns whether it had. Both are asked for at once, because the
 * answers come behind all that waits unread.
 */
export async function bindOrSet(ask: (bind: boolean) => Promise<void>): Promise<boolean> {
  const [bound, set] = await Promise.allSettled([ask(true), ask(false)])
  const isBoundHere = bound.status === 'rejected' && isErrno(bound.reason, errno.EBUSY)
  if (bound.status === 'rejected' && !isBoundHere) throw bound.reason
  if (set.status === 'rejected') throw set.reason
  return isBoundHere
}

/** A foreign owner of the queue is EPERM, and this socket EBUSY (nfqnl_recv_config, net/netfilter/nfnetlink_queue.c). */
const isErrno = (error: unknown, number: number) => error instanceof NetlinkError && error.errno === number

/**
 * Judge the packets that a program before has read and left: the kernel waits for their verdict, and shows them to no reader again. Called once
 * the kernel has answered: what was unread before the answer has come by now.
 */
export function adopt(inFlight: InFlight, { handover, status, orphans }: Estate): void {
  const { overflow } = inFlight
  const said = handover?.lastId
  // The kernel has not come so far: it is of another queue, or damaged, and counts no losses.
  overflow.goOn(said !== undefined && status && isAfter(said, status.lastId) ? undefined : said, status)
  // What the kernel shows decides which packets were read; what was said, only where it shows nothing.
  const last = before(overflow.firstId) ?? status?.lastId ?? said
  // Where nothing has come, and the kernel's table cannot be read, the first packet will tell.
  const known = last === undefined ? overflow.begun.then((first) => first - 1) : Promise.resolve(last)
  known.then((id) => judgeThrough(inFlight, id, orphans)).catch((error: Error) => inFlight.trouble(error))
}

/** Ids wrap at 32 bits. */
const isAfter = (id: number, other: number) => ((id - other) | 0) > 0

const before = (id: number | undefined) => (id === undefined ? undefined : id - 1)

/** One verdict for every packet up to an id that still waits (NFQNL_MSG_VERDICT_BATCH). */
async function judgeThrough({ channel, number }: InFlight, id: number, verdict: Verdict): Promise<void> {
  const header = { type: nfqueueMessage.verdictBatch.type, flags: 0, resourceId: number }
  const message = encodeMessage(header, nfqa, { verdictHdr: { verdict: verdictWord(verdict), id: id >>> 0 } })
  try {
    await channel.request(message, { advice: verdictAdvice })
  } catch (error) {
    // There is none.
    if (!isErrno(error, errno.ENOENT)) throw error
  }
}
