import { type Advice, type NetlinkError, sinceText } from '@nfkit/netlink-transport'
import type { VerdictKind } from './packet/verdict.ts'

const stateReasons = {
  judged: 'it has had its verdict; each packet takes exactly one',
  copy: 'this is a copy; judge the packet it was made from',
  late: 'its queue has judged it already, by the deadline or for another reason the event lateVerdict gives',
  released: 'it has had its verdict and its bytes were given back; read before the verdict, or keep a copy()',
} as const

/** A packet was judged twice, or read after its verdict. The packet itself is unharmed. */
export class PacketStateError extends Error {
  static {
    this.prototype.name = 'PacketStateError'
  }
  readonly packetId: number
  readonly state: keyof typeof stateReasons

  constructor(packetId: number, state: keyof typeof stateReasons) {
    super(`packet ${packetId}: ${stateReasons[state]}`)
    this.packetId = packetId
    this.state = state
  }
}

const openReasons = {
  owned: 'another socket owns it; a queue has one reader: end the other program, or use another number',
  bound: 'this transport has bound it already; use the queue that is open, or another number',
  permission:
    'CAP_NET_ADMIN is missing in the user namespace that owns the network namespace: run as root, or with a copy of Node that has the capability (setcap cap_net_admin+ep)',
  module:
    'the kernel has no nfnetlink_queue: load the module (modprobe nfnetlink_queue), or use a kernel built with it',
  conntrack:
    "this kernel cannot send connections with packets: load the module nf_conntrack_netlink; where it is built without NETFILTER_NETLINK_GLUE_CT open with conntrack: 'prefer' or 'off'",
  secctx: 'this kernel has no security labels for packets (CONFIG_NETWORK_SECMARK): open without secctx',
  option: 'the kernel does not know one of the options; it is older than the feature',
  other: 'the kernel refused',
} as const

/** Why a queue could not be opened. */
export type QueueRefusal = keyof typeof openReasons

/** A queue could not be opened or configured. `cause` is the kernel's answer. */
export class QueueError extends Error {
  static {
    this.prototype.name = 'QueueError'
  }
  readonly queue: number
  readonly reason: QueueRefusal
  /** The errno's name: `EPERM`. */
  readonly code: string

  constructor(queue: number, reason: QueueRefusal, cause: NetlinkError) {
    const age = reason === 'option' ? sinceText(cause.suspect) : ''
    super(`queue ${queue}: ${reason === 'other' ? cause.message : openReasons[reason]}${age}`, { cause })
    this.queue = queue
    this.reason = reason
    this.code = cause.code
  }
}

/** What an errno in answer to a verdict means. */
export const verdictAdvice: Advice = {
  ENOENT:
    'the kernel no longer has the packet: its interface went down, a netfilter hook was removed, or the queue was emptied',
  ENODEV: 'the queue no longer exists: it was unbound',
  EPERM: 'the queue belongs to another socket now',
  EINVAL: 'the kernel does not accept the verdict; a wrong VLAN tag or link-layer header drops the packet',
  ERANGE: 'an attribute of the verdict is too short',
}

/** A verdict without effect: the kernel refused it, or the socket was closed before it could be sent. `cause` says which. */
export class VerdictError extends Error {
  static {
    this.prototype.name = 'VerdictError'
  }
  readonly queue: number
  readonly packetId: number
  /** The errno's name: `ENOENT`. */
  readonly code: string

  constructor(queue: number, packetId: number, cause: Error & { readonly code?: string }) {
    super(`queue ${queue}, packet ${packetId}: ${cause.message}`, { cause })
    this.queue = queue
    this.packetId = packetId
    this.code = cause.code ?? 'unknown'
  }
}

/** Why a packet was judged by the queue instead of the handler. */
export type UnjudgedReason = 'threw' | 'rejected' | 'forgotten' | 'deadline' | Ending | 'undecodable'

/** How a queue ends for a program: it is unbound, or another program goes on with it. */
export type Ending = 'closing' | 'handover'

/** A packet the handler left without verdict. */
export interface Unjudged {
  /** The packet's id in its queue. */
  readonly packetId: number
  /** Why the program gave no verdict. */
  readonly reason: UnjudgedReason
  /** What was given instead. */
  readonly verdict: VerdictKind
  /** What the handler threw, why the packet could not be read, or why no verdict could be sent and the kernel dropped it. */
  readonly error: unknown
}
