import { conntrack, statsCpu, statsGlobal } from '../families/conntrack.ts'
import { expect, statsExpect } from '../families/expect.ts'
import { helper } from '../families/helper.ts'
import { subsystem } from '../families/nfnetlink.ts'
import { nfqa, queueConfig } from '../families/nfqueue.ts'
import { timeoutPolicy } from '../families/timeout.ts'
import { constant, type Table, table } from '../schema/schema.ts'
import { messageFlags, type Verb } from './flags.ts'
import { control } from './message.ts'

/** One type of message: its number, the kernel's name, and the table its attributes follow. */
export interface MessageType {
  readonly type: number
  readonly name: string
  /** What it follows in a request. */
  readonly table: Table
  /** What it follows when the kernel sends it. */
  readonly answer: Table
}

const message = (name: string, system: number, number: number, table: Table, answer = table): MessageType => ({
  type: (system << 8) | number,
  name,
  table,
  answer,
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
  /** As a request it gets and clears; the kernel's answers to `expectGetStatsCpu` have this type, too. */
  conntrackGetCtrzero: message('IPCTNL_MSG_CT_GET_CTRZERO', ctnetlink, 3, conntrack, statsExpect),
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

/** Of messages this codec knows nothing of: every attribute is kept as unknown. */
const unknown = table('NLA', '2.6.14', 'Any attributes.', {})

/** The table a message's attributes follow; one without rows when none is known. */
export function tableOf(type: number, flags: number): Table {
  const known = byType.get(type)
  return (flags & messageFlags.request ? known?.table : known?.answer) ?? unknown
}

const batch: { readonly [type: number]: string } = { 16: 'NFNL_MSG_BATCH_BEGIN', 17: 'NFNL_MSG_BATCH_END' }

/** The kernel's name of a message type: `IPCTNL_MSG_CT_NEW`, `NLMSG_ERROR`, `NFNL_SUBSYS_IPSET message 7`. */
export function messageName(type: number): string {
  const known = byType.get(type)?.name ?? batch[type]
  if (known !== undefined) return known
  if (type < 16) return nameOf(control, type, 'NLMSG') ?? `netlink control message ${type}`
  return `${nameOf(subsystem, type >> 8, 'NFNL_SUBSYS') ?? `netfilter subsystem ${type >> 8}`} message ${type & 0xff}`
}

function nameOf(names: { readonly [key: string]: number }, value: number, prefix: string): string | undefined {
  const key = Object.keys(names).find((name) => names[name] === value)
  return key && `${prefix}_${constant(key)}`
}

/** What a message of this type does; the kernel's name says it. */
export function verbOf(type: number): Verb {
  if (type < 16) return 'answer'
  const name = messageName(type)
  return /_GET/.test(name) ? 'get' : /_DEL/.test(name) ? 'delete' : 'new'
}
