import type { ProtoinfoDccp, ProtoinfoSctp, ProtoinfoTcp } from '../conntrack/protoinfo.ts'
import type { SeqAdj } from '../conntrack/table.ts'

/** A TCP connection's protocol state. Destroy events carry only `state`. */
export interface TcpInfo {
  /** A value of `tcpState`. */
  readonly state: number | undefined
  /** Window scale: the announced window is shifted left by this. */
  readonly originalWindowScale: number | undefined
  /** The same of the reply direction. */
  readonly replyWindowScale: number | undefined
  /** Bits of `tcpFlags`. */
  readonly originalFlags: number | undefined
  /** Bits of `tcpFlags`, of the reply direction. */
  readonly replyFlags: number | undefined
}

/** An SCTP association's protocol state. Destroy events carry only `state`. */
export interface SctpInfo {
  /** A value of `sctpState`. */
  readonly state: number | undefined
  /** Verification tags. */
  readonly originalTag: number | undefined
  /** Verification tag of the reply direction. */
  readonly replyTag: number | undefined
}

/** A DCCP connection's protocol state. Destroy events carry only `state`. */
export interface DccpInfo {
  /** A value of `dccpState`. */
  readonly state: number | undefined
  /** Of the original direction: 0 client, 1 server. */
  readonly role: number | undefined
  /** Sequence number of the handshake. */
  readonly handshakeSequence: bigint | undefined
}

/** How a helper or SYN proxy shifts one direction's TCP sequence numbers. */
export interface SequenceAdjustment {
  /** Sequence number from which `after` holds. */
  readonly position: number
  /** Added to sequence numbers before the position; may be negative. */
  readonly before: number
  /** Added to sequence numbers from the position on; may be negative. */
  readonly after: number
}

export const tcpInfo = (info: ProtoinfoTcp | undefined): TcpInfo | undefined =>
  info && {
    state: info.state,
    originalWindowScale: info.wscaleOriginal,
    replyWindowScale: info.wscaleReply,
    originalFlags: info.flagsOriginal?.flags,
    replyFlags: info.flagsReply?.flags,
  }

export const sctpInfo = (info: ProtoinfoSctp | undefined): SctpInfo | undefined =>
  info && { state: info.state, originalTag: info.vtagOriginal, replyTag: info.vtagReply }

export const dccpInfo = (info: ProtoinfoDccp | undefined): DccpInfo | undefined =>
  info && { state: info.state, role: info.role, handshakeSequence: info.handshakeSeq }

export const sequenceAdjustment = (adjustment: SeqAdj | undefined): SequenceAdjustment | undefined =>
  adjustment && {
    position: adjustment.correctionPos ?? 0,
    before: (adjustment.offsetBefore ?? 0) | 0,
    after: (adjustment.offsetAfter ?? 0) | 0,
  }
