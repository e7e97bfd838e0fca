import { ipProtocol as protocols } from '@nfkit/inet'
import { EncodeError } from '@nfkit/netlink-codec'
import { type Conntrack, dccpState, type ProtoinfoTcp, sctpState, tcpState } from '@nfkit/netlink-codec/conntrack'
import { assertKeys, type Keys, meaningOf } from '../known.ts'

/** What changes of a TCP connection's state. */
export interface TcpStateChanges {
  /** A name or value of `tcpState`. */
  readonly state?: keyof typeof tcpState | number | undefined
  /** Both belong together, and need flag 0x01 (window scale) in both directions. */
  readonly originalWindowScale?: number | undefined
  /** Window scale of the reply direction. */
  readonly replyWindowScale?: number | undefined
  /** Bits of `tcpFlags` and the mask of those that change. */
  readonly originalFlags?: { readonly flags: number; readonly mask: number } | undefined
  /** The same of the reply direction. */
  readonly replyFlags?: { readonly flags: number; readonly mask: number } | undefined
}

/** All three belong together. */
export interface SctpStateChanges {
  /** A name or value of `sctpState`. */
  readonly state: keyof typeof sctpState | number
  /** Verification tag of the original direction. */
  readonly originalTag: number
  /** Verification tag of the reply direction. */
  readonly replyTag: number
}

/** State and role belong together. */
export interface DccpStateChanges {
  /** A name or value of `dccpState`. */
  readonly state: keyof typeof dccpState | number
  /** Which role the side that opened the connection has. */
  readonly role: 'client' | 'server'
  /** Sequence number of the handshake, 48 bits. */
  readonly handshakeSequence?: bigint | undefined
}

/** What changes of a protocol's state: of one protocol, that of the entry. */
export interface ProtocolChanges {
  /** State of a TCP connection. */
  readonly tcp?: TcpStateChanges | undefined
  /** State of an SCTP association. */
  readonly sctp?: SctpStateChanges | undefined
  /** Up to Linux 6.16, which tracked DCCP. */
  readonly dccp?: DccpStateChanges | undefined
}

const tcpKeys: Keys<TcpStateChanges> = {
  state: true,
  originalWindowScale: true,
  replyWindowScale: true,
  originalFlags: true,
  replyFlags: true,
}
const roles = { client: 0, server: 1 } as const
const flagKeys = { flags: true, mask: true } as const

/** Throws `EncodeError`, for another protocol's state, too: the kernel would ignore it. */
export function encodeState(changes: ProtocolChanges, protocol: number): Conntrack['protoinfo'] {
  const { tcp, sctp, dccp } = changes
  for (const name of ['tcp', 'sctp', 'dccp'] as const)
    if (changes[name] !== undefined && protocols[name] !== protocol)
      throw new EncodeError(
        'CTA_PROTOINFO',
        `"${name}" is of another protocol than the entry, which has number ${protocol}`,
      )
  if (tcp !== undefined) return { tcp: encodeTcp(tcp) }
  if (sctp !== undefined) return { sctp: encodeSctp(sctp) }
  return dccp === undefined ? undefined : { dccp: encodeDccp(dccp) }
}

const stateOf = (state: string | number, states: { readonly [name: string]: number }, where: string): number =>
  typeof state === 'number' ? state : meaningOf(state, states, where, 'state')

function encodeTcp(tcp: TcpStateChanges): ProtoinfoTcp {
  assertKeys(tcp, tcpKeys, 'FlowChanges tcp')
  for (const flags of [tcp.originalFlags, tcp.replyFlags]) if (flags !== undefined) assertFlags(flags)
  if ((tcp.originalWindowScale === undefined) !== (tcp.replyWindowScale === undefined))
    throw new EncodeError('CTA_PROTOINFO_TCP_WSCALE', 'the window scales of both directions belong together')
  return {
    state: tcp.state === undefined ? undefined : stateOf(tcp.state, tcpState, 'CTA_PROTOINFO_TCP_STATE'),
    wscaleOriginal: tcp.originalWindowScale,
    wscaleReply: tcp.replyWindowScale,
    flagsOriginal: tcp.originalFlags,
    flagsReply: tcp.replyFlags,
  }
}

function assertFlags(given: NonNullable<TcpStateChanges['originalFlags']>): void {
  assertKeys(given, flagKeys, 'FlowChanges tcp flags')
  if ((given.flags & ~given.mask) !== 0)
    throw new EncodeError('CTA_PROTOINFO_TCP_FLAGS', 'the kernel ignores flags that are not in the mask')
}

function encodeSctp(sctp: SctpStateChanges): NonNullable<Conntrack['protoinfo']>['sctp'] {
  assertKeys(sctp, { state: true, originalTag: true, replyTag: true }, 'FlowChanges sctp')
  const state = stateOf(sctp.state, sctpState, 'CTA_PROTOINFO_SCTP_STATE')
  return { state, vtagOriginal: sctp.originalTag, vtagReply: sctp.replyTag }
}

function encodeDccp(dccp: DccpStateChanges): NonNullable<Conntrack['protoinfo']>['dccp'] {
  assertKeys(dccp, { state: true, role: true, handshakeSequence: true }, 'FlowChanges dccp')
  const role = meaningOf(dccp.role, roles, 'CTA_PROTOINFO_DCCP_ROLE', 'role')
  const state = stateOf(dccp.state, dccpState, 'CTA_PROTOINFO_DCCP_STATE')
  return { state, role, handshakeSeq: dccp.handshakeSequence }
}
