import {
  type Conntrack,
  dccpState,
  EncodeError,
  type ProtoinfoTcp,
  type SeqAdj,
  type SequenceAdjustment,
  sctpState,
  tcpState,
} from '@nfkit/netlink-codec'
import { type StatusBits, statusBits } from './status.ts'

/** What can be changed of a living entry. The kernel applies them in the order below and stops at the first it refuses. */
export interface FlowChanges {
  /** The helper to follow the connection; '' removes it, up to Linux 6.18. */
  readonly helper?: string | undefined
  readonly timeoutSeconds?: number | undefined
  /** Status bits to set: the kernel lets none be cleared, and lets `assured`, `seenReply` and `fixedTimeout` be set. */
  readonly status?: StatusBits | undefined
  readonly tcp?: TcpChanges | undefined
  readonly sctp?: SctpChanges | undefined
  /** Up to Linux 6.16, which tracked DCCP. */
  readonly dccp?: DccpChanges | undefined
  /** The connmark, or the bits of it that `mask` selects. */
  readonly mark?: number | MarkChange | undefined
  readonly originalSequenceAdjustment?: SequenceAdjustment | undefined
  readonly replySequenceAdjustment?: SequenceAdjustment | undefined
  readonly synproxy?: SynproxyChanges | undefined
  /** All labels the entry shall have, or those to set and to clear. Needs a rule that uses labels (`ct label`, `connlabel`). */
  readonly labels?: readonly number[] | LabelChange | undefined
}

export interface MarkChange {
  readonly value: number
  /** The bits that change; those of `value` outside it are ignored. */
  readonly mask: number
}

export interface LabelChange {
  readonly set?: readonly number[] | undefined
  readonly clear?: readonly number[] | undefined
}

export interface TcpChanges {
  readonly state?: keyof typeof tcpState | number | undefined
  /** Both belong together, and need flag 0x01 (window scale) in both directions. */
  readonly originalWindowScale?: number | undefined
  readonly replyWindowScale?: number | undefined
  /** Bits of `tcpFlags` and the mask of those that change. */
  readonly originalFlags?: { readonly flags: number; readonly mask: number } | undefined
  readonly replyFlags?: { readonly flags: number; readonly mask: number } | undefined
}

/** All three belong together. */
export interface SctpChanges {
  readonly state: keyof typeof sctpState | number
  readonly originalTag: number
  readonly replyTag: number
}

/** What a SYN proxy keeps of a connection: initial sequence number, initial time stamp, offset of time stamps. All three belong together. */
export interface SynproxyChanges {
  readonly isn: number
  readonly its: number
  readonly tsoff: number
}

/** State and role belong together. */
export interface DccpChanges {
  readonly state: keyof typeof dccpState | number
  /** Which role the side that opened the connection has. */
  readonly role: 'client' | 'server'
  readonly handshakeSequence?: bigint | undefined
}

/** The attributes of a change. `status` are bits the entry has already: the kernel wants them repeated. Throws `EncodeError`. */
export function encodeChanges(changes: FlowChanges, status = 0): Conntrack {
  const { mark, labels } = changes
  return {
    help: changes.helper === undefined ? undefined : { name: changes.helper },
    timeout: changes.timeoutSeconds,
    status: changes.status === undefined ? undefined : (statusBits(changes.status) | status) >>> 0,
    protoinfo: protoinfo(changes),
    // The kernel computes (mark & ~mask) ^ value.
    mark: typeof mark === 'object' ? (mark.value & mark.mask) >>> 0 : mark,
    markMask: typeof mark === 'object' ? mark.mask : undefined,
    seqAdjOrig: adjustment(changes.originalSequenceAdjustment),
    seqAdjReply: adjustment(changes.replySequenceAdjustment),
    synproxy: changes.synproxy,
    ...(labels === undefined ? undefined : encodeLabels(labels)),
  }
}

function protoinfo({ tcp, sctp, dccp }: FlowChanges): Conntrack['protoinfo'] {
  if (tcp) return { tcp: encodeTcp(tcp) }
  if (sctp) {
    const state = typeof sctp.state === 'string' ? sctpState[sctp.state] : sctp.state
    return { sctp: { state, vtagOriginal: sctp.originalTag, vtagReply: sctp.replyTag } }
  }
  if (!dccp) return undefined
  const state = typeof dccp.state === 'string' ? dccpState[dccp.state] : dccp.state
  return { dccp: { state, role: dccp.role === 'server' ? 1 : 0, handshakeSeq: dccp.handshakeSequence } }
}

function encodeTcp(tcp: TcpChanges): ProtoinfoTcp {
  if ((tcp.originalWindowScale === undefined) !== (tcp.replyWindowScale === undefined))
    throw new EncodeError('CTA_PROTOINFO_TCP_WSCALE', 'the window scales of both directions belong together')
  return {
    state: typeof tcp.state === 'string' ? tcpState[tcp.state] : tcp.state,
    wscaleOriginal: tcp.originalWindowScale,
    wscaleReply: tcp.replyWindowScale,
    flagsOriginal: tcp.originalFlags,
    flagsReply: tcp.replyFlags,
  }
}

const adjustment = (of: SequenceAdjustment | undefined): SeqAdj | undefined =>
  of && { correctionPos: of.position, offsetBefore: of.before >>> 0, offsetAfter: of.after >>> 0 }

function encodeLabels(labels: readonly number[] | LabelChange): Conntrack {
  if (!('set' in labels || 'clear' in labels)) return { labels: bitmap(labels as readonly number[]) }
  const { set = [], clear = [] } = labels as LabelChange
  return { labels: bitmap(set), labelsMask: bitmap([...set, ...clear]) }
}

function bitmap(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16)
  for (const label of labels) {
    if (!(Number.isInteger(label) && label >= 0 && label < 128))
      throw new EncodeError('CTA_LABELS', `${label} is no label: they go from 0 to 127`)
    bytes[label >> 3]! |= 1 << (label & 7)
  }
  return bytes
}
