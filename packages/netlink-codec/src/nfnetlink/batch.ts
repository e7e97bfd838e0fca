/** Transactions (include/uapi/linux/netfilter/nfnetlink.h, nfnetlink_rcv_batch in net/netfilter/nfnetlink.c). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32 } from '../schema/type.ts'
import { subsystem } from './constants.ts'
import { messageOf } from './family.ts'

/** `NFNL_BATCH_*`: what a transaction depends on. */
export const batchAttrs = table('NFNL_BATCH', '4.12', 'What a transaction depends on: message NFNL_MSG_BATCH_BEGIN.', {
  genid: attr(1, be32, 'generation of the ruleset it was made for; the kernel refuses it at another'),
})
/** Attributes of a transaction's first message, read or to be sent. */
export interface BatchAttrs extends Infer<typeof batchAttrs> {}

/** `NFNL_MSG_BATCH_*`: the ends of a transaction, whose subsystem is in their `res_id`. */
export const batchMessage = {
  begin: messageOf('NFNL_MSG_BATCH_BEGIN', subsystem.none, 16, batchAttrs),
  end: messageOf('NFNL_MSG_BATCH_END', subsystem.none, 17, batchAttrs),
} as const
