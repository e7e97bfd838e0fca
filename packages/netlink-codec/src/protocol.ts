import { conntrack, statsCpu, statsGlobal } from './families/conntrack.ts'
import { expect, statsExpect } from './families/expect.ts'
import { helper } from './families/helper.ts'
import { subsystem } from './families/nfnetlink.ts'
import { nfqa, queueConfig } from './families/nfqueue.ts'
import { timeoutPolicy } from './families/timeout.ts'
import type { Table } from './schema.ts'

/** One type of message: its number, the kernel's name, and the table its attributes follow. */
export interface MessageType {
  readonly type: number
  readonly name: string
  readonly table: Table
}

const message = (name: string, system: number, number: number, table: Table): MessageType => ({
  type: (system << 8) | number,
  name,
  table,
})

const { queue, ctnetlink, ctnetlinkExp, ctnetlinkTimeout, cthelper } = subsystem

/** Every message of the subsystems this codec knows. */
export const messageType = {
  queuePacket: message('NFQNL_MSG_PACKET', queue, 0, nfqa),
  queueVerdict: message('NFQNL_MSG_VERDICT', queue, 1, nfqa),
  queueConfig: message('NFQNL_MSG_CONFIG', queue, 2, queueConfig),
  queueVerdictBatch: message('NFQNL_MSG_VERDICT_BATCH', queue, 3, nfqa),
  conntrackNew: message('IPCTNL_MSG_CT_NEW', ctnetlink, 0, conntrack),
  conntrackGet: message('IPCTNL_MSG_CT_GET', ctnetlink, 1, conntrack),
  conntrackDelete: message('IPCTNL_MSG_CT_DELETE', ctnetlink, 2, conntrack),
  /** Also the type of the answers to `expectGetStatsCpu`, which follow `statsExpect`. */
  conntrackGetCtrzero: message('IPCTNL_MSG_CT_GET_CTRZERO', ctnetlink, 3, conntrack),
  conntrackGetStatsCpu: message('IPCTNL_MSG_CT_GET_STATS_CPU', ctnetlink, 4, statsCpu),
  conntrackGetStats: message('IPCTNL_MSG_CT_GET_STATS', ctnetlink, 5, statsGlobal),
  conntrackGetDying: message('IPCTNL_MSG_CT_GET_DYING', ctnetlink, 6, conntrack),
  conntrackGetUnconfirmed: message('IPCTNL_MSG_CT_GET_UNCONFIRMED', ctnetlink, 7, conntrack),
  expectNew: message('IPCTNL_MSG_EXP_NEW', ctnetlinkExp, 0, expect),
  expectGet: message('IPCTNL_MSG_EXP_GET', ctnetlinkExp, 1, expect),
  expectDelete: message('IPCTNL_MSG_EXP_DELETE', ctnetlinkExp, 2, expect),
  expectGetStatsCpu: message('IPCTNL_MSG_EXP_GET_STATS_CPU', ctnetlinkExp, 3, statsExpect),
  timeoutNew: message('IPCTNL_MSG_TIMEOUT_NEW', ctnetlinkTimeout, 0, timeoutPolicy),
  timeoutGet: message('IPCTNL_MSG_TIMEOUT_GET', ctnetlinkTimeout, 1, timeoutPolicy),
  timeoutDelete: message('IPCTNL_MSG_TIMEOUT_DELETE', ctnetlinkTimeout, 2, timeoutPolicy),
  timeoutDefaultSet: message('IPCTNL_MSG_TIMEOUT_DEFAULT_SET', ctnetlinkTimeout, 3, timeoutPolicy),
  timeoutDefaultGet: message('IPCTNL_MSG_TIMEOUT_DEFAULT_GET', ctnetlinkTimeout, 4, timeoutPolicy),
  helperNew: message('NFNL_MSG_CTHELPER_NEW', cthelper, 0, helper),
  helperGet: message('NFNL_MSG_CTHELPER_GET', cthelper, 1, helper),
  helperDelete: message('NFNL_MSG_CTHELPER_DEL', cthelper, 2, helper),
} as const

const byType = new Map<number, MessageType>(Object.values(messageType).map((known) => [known.type, known]))

/** What is known of a message type, or `undefined` for another subsystem's. */
export function messageTypeOf(type: number): MessageType | undefined {
  return byType.get(type)
}
