import { subsystem } from '../nfnetlink/constants.ts'
import { messageOf } from '../nfnetlink/family.ts'
import { nfqa, queueConfig } from './table.ts'

const { queue } = subsystem

/** `NFQNL_MSG_*`: the messages of NFQUEUE. */
export const nfqueueMessage = {
  packet: messageOf('NFQNL_MSG_PACKET', queue, 0, nfqa),
  verdict: messageOf('NFQNL_MSG_VERDICT', queue, 1, nfqa),
  config: messageOf('NFQNL_MSG_CONFIG', queue, 2, queueConfig),
  verdictBatch: messageOf('NFQNL_MSG_VERDICT_BATCH', queue, 3, nfqa),
} as const
