import { subsystem } from '../nfnetlink/constants.ts'
import { messageOf } from '../nfnetlink/family.ts'
import { logConfig, nfula } from './table.ts'

const { ulog } = subsystem

/** `NFULNL_MSG_*`: the messages of NFLOG. */
export const nflogMessage = {
  packet: messageOf('NFULNL_MSG_PACKET', ulog, 0, nfula),
  config: messageOf('NFULNL_MSG_CONFIG', ulog, 1, logConfig),
} as const
