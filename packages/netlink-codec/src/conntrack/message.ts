import { subsystem } from '../nfnetlink/constants.ts'
import { messageOf } from '../nfnetlink/family.ts'
import { expect, statsExpect } from './expect.ts'
import { helper } from './helper.ts'
import { statsCpu, statsGlobal } from './statistics.ts'
import { conntrack } from './table.ts'
import { timeoutPolicy } from './timeout.ts'

const { ctnetlink, ctnetlinkExp, ctnetlinkTimeout, cthelper } = subsystem

/** `IPCTNL_MSG_CT_*`: connections, and statistics of the table. */
export const conntrackMessage = {
  new: messageOf('IPCTNL_MSG_CT_NEW', ctnetlink, 0, conntrack),
  get: messageOf('IPCTNL_MSG_CT_GET', ctnetlink, 1, conntrack),
  delete: messageOf('IPCTNL_MSG_CT_DELETE', ctnetlink, 2, conntrack),
  /** As a request it gets and clears; the kernel's answers to `expectMessage.getStatsCpu` have this type, too. */
  getCtrzero: messageOf('IPCTNL_MSG_CT_GET_CTRZERO', ctnetlink, 3, conntrack, statsExpect),
  getStatsCpu: messageOf('IPCTNL_MSG_CT_GET_STATS_CPU', ctnetlink, 4, statsCpu),
  getStats: messageOf('IPCTNL_MSG_CT_GET_STATS', ctnetlink, 5, statsGlobal),
  getDying: messageOf('IPCTNL_MSG_CT_GET_DYING', ctnetlink, 6, conntrack),
  getUnconfirmed: messageOf('IPCTNL_MSG_CT_GET_UNCONFIRMED', ctnetlink, 7, conntrack),
} as const

/** `IPCTNL_MSG_EXP_*`: connections that helpers expect. */
export const expectMessage = {
  new: messageOf('IPCTNL_MSG_EXP_NEW', ctnetlinkExp, 0, expect),
  get: messageOf('IPCTNL_MSG_EXP_GET', ctnetlinkExp, 1, expect),
  delete: messageOf('IPCTNL_MSG_EXP_DELETE', ctnetlinkExp, 2, expect),
  getStatsCpu: messageOf('IPCTNL_MSG_EXP_GET_STATS_CPU', ctnetlinkExp, 3, statsExpect),
} as const

/** `IPCTNL_MSG_TIMEOUT_*`: timeout policies. */
export const timeoutMessage = {
  new: messageOf('IPCTNL_MSG_TIMEOUT_NEW', ctnetlinkTimeout, 0, timeoutPolicy),
  get: messageOf('IPCTNL_MSG_TIMEOUT_GET', ctnetlinkTimeout, 1, timeoutPolicy),
  delete: messageOf('IPCTNL_MSG_TIMEOUT_DELETE', ctnetlinkTimeout, 2, timeoutPolicy),
  defaultSet: messageOf('IPCTNL_MSG_TIMEOUT_DEFAULT_SET', ctnetlinkTimeout, 3, timeoutPolicy),
  defaultGet: messageOf('IPCTNL_MSG_TIMEOUT_DEFAULT_GET', ctnetlinkTimeout, 4, timeoutPolicy),
} as const

/** `NFNL_MSG_CTHELPER_*`: helpers in user space. */
export const helperMessage = {
  new: messageOf('NFNL_MSG_CTHELPER_NEW', cthelper, 0, helper),
  get: messageOf('NFNL_MSG_CTHELPER_GET', cthelper, 1, helper),
  delete: messageOf('NFNL_MSG_CTHELPER_DEL', cthelper, 2, helper),
} as const
