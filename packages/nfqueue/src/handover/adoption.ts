import { errno } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage, type QueueStatus } from '@nfkit/netlink-codec/nfqueue'
import { NetlinkError, throwAside } from '@nfkit/netlink-transport'
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

/** Whether the kernel says that this socket has bound the queue already (nfqnl_recv_config: a foreign owner is EPERM). */
export const isBoundHere = (error: unknown): boolean => error instanceof NetlinkError && error.errno === errno.EBUSY

/**
 * Judge the packets that a program before has read and left: the kernel waits for their verdict, and shows them to no reader again. Called once
 * the kernel has answered: what was unread before the answer has come by now.
 */
export async function adopt(inFlight: InFlight, { handover, status, orphans }: Estate): Promise<void> {
  const { overflow } = inFlight
  overflow.goOn(handover?.lastId, status)
  const last = handover?.lastId ?? before(overflow.firstId) ?? status?.lastId
  if (last !== undefined) await judgeThrough(inFlight, last, orphans)
  // Nothing has come, and the kernel's table cannot be read: the first packet will tell.
  else overflow.begun.then((first) => judgeThrough(inFlight, first - 1, orphans)).catch(throwAside)
}

const before = (id: number | undefined) => (id === undefined ? undefined : id - 1)

/** One verdict for every packet up to an id that still waits (NFQNL_MSG_VERDICT_BATCH). */
async function judgeThrough({ channel, number }: InFlight, id: number, verdict: Verdict): Promise<void> {
  const header = { type: nfqueueMessage.verdictBatch.type, flags: 0, resourceId: number }
  const message = encodeMessage(header, nfqa, { verdictHdr: { verdict: verdictWord(verdict), id: id >>> 0 } })
  try {
    await channel.request(message, { advice: verdictAdvice })
  } catch (error) {
    // There is none.
    if (!(error instanceof NetlinkError) || error.errno !== errno.ENOENT) throw error
  }
}
