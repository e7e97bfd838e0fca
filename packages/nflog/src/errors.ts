import { type NetlinkError, sinceText } from '@nfkit/netlink-transport'

const reasons = {
  owned: 'another socket reads it; a log group has one reader: end the other program, or use another group',
  bound: 'this transport has opened it already; use the log that is open, or another group',
  permission:
    'CAP_NET_ADMIN is missing in the user namespace that owns the network namespace: run as root, or give the program the capability (setcap cap_net_admin+ep)',
  module: 'the kernel has no nfnetlink_log: load the module (modprobe nfnetlink_log), or use a kernel built with it',
  conntrack:
    "this kernel cannot send connections with packets: load the module nf_conntrack_netlink; where it is built without NETFILTER_NETLINK_GLUE_CT open with conntrack: 'prefer' or 'off'",
  other: 'the kernel refused',
} as const

/** Why a log group could not be opened. */
export type LogRefusal = keyof typeof reasons

/** A log group could not be opened. `cause` is the kernel's answer. */
export class LogError extends Error {
  static {
    this.prototype.name = 'LogError'
  }
  /** Number of the group. */
  readonly group: number
  readonly reason: LogRefusal
  /** The errno's name: `EPERM`. */
  readonly code: string

  constructor(group: number, reason: LogRefusal, cause: NetlinkError) {
    super(`log group ${group}: ${reason === 'other' ? cause.message : reasons[reason]}${sinceText(cause.suspect)}`, {
      cause,
    })
    this.group = group
    this.reason = reason
    this.code = cause.code
  }
}
