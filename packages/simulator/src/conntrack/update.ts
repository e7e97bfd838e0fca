import {
  conntrack,
  errno,
  help as helpTable,
  protocol,
  protoinfo,
  protoinfoDccp,
  protoinfoSctp,
  protoinfoTcp,
  seqAdj,
  status,
  synproxy as synproxyTable,
  tcpFlags,
} from '@nfkit/netlink-codec'
import type { Attributes, Row } from '../netlink/attributes.ts'
import type { Connection, SequenceAdjustment } from './connection.ts'
import {
  dccpPolicy,
  helpPolicy,
  protoinfoPolicy,
  sctpPolicy,
  seqAdjPolicy,
  synproxyPolicy,
  tcpPolicy,
} from './policies.ts'

const { rows } = conntrack

/** Bits of the status only the kernel changes. */
const unchangeable =
  status.expected |
  status.confirmed |
  status.srcNat |
  status.dstNat |
  status.seqAdjust |
  status.srcNatDone |
  status.dstNatDone |
  status.dying |
  status.template |
  status.untracked |
  status.offload |
  status.hwOffload

/** CTA_STATUS: bits can be set, not cleared, and some never change (nf_ct_change_status_common). */
export function changeStatus(connection: Connection, wanted: number): number {
  const differs = connection.status ^ wanted
  if (differs & (status.expected | status.confirmed | status.dying)) return errno.EBUSY
  if (differs & ~wanted & (status.seenReply | status.assured)) return errno.EBUSY
  connection.status |= wanted & 0xffff & ~unchangeable
  return 0
}

/** The same in a verdict, where changeable bits can be cleared, too (ctnetlink_update_status). */
export function replaceStatus(connection: Connection, wanted: number): number {
  const differs = connection.status ^ wanted
  if (differs & ~wanted & (status.seenReply | status.assured)) return errno.EBUSY
  connection.status = (connection.status & unchangeable) | (wanted & 0xffff & ~unchangeable)
  return 0
}

/** The longest timeout: INT_MAX ticks. */
export const boundedSeconds = (seconds: number, hertz: number): number =>
  Math.min(seconds, Math.floor(0x7fff_ffff / hertz))

export function changeTimeout(connection: Connection, seconds: number, uptime: number, hertz: number): number {
  if (connection.has(status.fixedTimeout)) return errno.EPERM
  connection.expires = (connection.confirmed ? uptime : 0) + 1000 * boundedSeconds(seconds, hertz)
  return connection.has(status.dying) ? errno.ETIME : 0
}

/** CTA_MARK under CTA_MARK_MASK: the value is not masked. */
export function changeMark(connection: Connection, attributes: Attributes): void {
  const mask = attributes.be32(rows.markMask) ?? 0xffff_ffff
  connection.mark = ((connection.mark & ~mask) ^ attributes.be32(rows.mark)!) >>> 0
}

/** CTA_LABELS under CTA_LABELS_MASK. */
export function changeLabels(connection: Connection, attributes: Attributes): number {
  const bits = attributes.payload(rows.labels)!
  if (bits.length % 4 !== 0) return errno.EINVAL
  const mask = attributes.payload(rows.labelsMask)
  if (mask && (mask.length === 0 || mask.length !== bits.length)) return errno.EINVAL
  const { labels } = connection
  if (!labels) return errno.ENOSPC
  for (let i = 0; i < labels.length; i++) {
    const kept = mask && i < mask.length ? labels[i]! & ~mask[i]! : 0
    labels[i] = kept ^ (bits[i] ?? 0)
  }
  return 0
}

export interface HelpAttributes {
  readonly name: string
  readonly info: Uint8Array | undefined
}

export function readHelp(attributes: Attributes): HelpAttributes | number {
  const nest = attributes.nest(rows.help, helpPolicy)
  if (typeof nest === 'number') return nest
  const name = nest.text(helpTable.rows.name)
  return name === undefined ? errno.EINVAL : { name, info: nest.payload(helpTable.rows.info) }
}

/** Private data of a helper in user space: as long as the helper said. */
export function helperInfo(length: number, info: Uint8Array | undefined, old?: Uint8Array): Uint8Array | undefined {
  if (length === 0) return undefined
  const data = old?.slice() ?? new Uint8Array(length)
  if (info && info.length > 0) data.set(info.subarray(0, length))
  return data
}

export function changeProtoinfo(connection: Connection, attributes: Attributes): number {
  const nest = attributes.nest(rows.protoinfo, protoinfoPolicy)
  if (typeof nest === 'number') return nest
  switch (connection.original.protocol) {
    case protocol.tcp:
      return nest.has(protoinfo.rows.tcp) ? changeTcp(connection, nest) : 0
    case protocol.sctp:
      return nest.has(protoinfo.rows.sctp) ? changeSctp(connection, nest) : 0
    case protocol.dccp:
      return nest.has(protoinfo.rows.dccp) ? changeDccp(connection, nest) : 0
    default:
      return 0
  }
}

function changeTcp({ tcp }: Connection, nest: Attributes): number {
  const given = nest.nest(protoinfo.rows.tcp, tcpPolicy)
  if (typeof given === 'number') return given
  const track = tcp!
  const { state, flagsOriginal, flagsReply, wscaleOriginal, wscaleReply } = protoinfoTcp.rows
  track.state = given.u8(state) ?? track.state
  for (const [i, row] of [flagsOriginal, flagsReply].entries()) {
    const at = given.at[row.id]!
    if (at === 0) continue
    const [flags, mask] = [given.bytes[at]!, given.bytes[at + 1]!]
    track.sides[i]!.flags = (track.sides[i]!.flags & ~mask) | (flags & mask)
  }
  const scales = [given.u8(wscaleOriginal), given.u8(wscaleReply)]
  const scaled = track.sides.every(({ flags }) => flags & tcpFlags.windowScale)
  if (scaled && scales.every((scale) => scale !== undefined))
    for (const [i, scale] of scales.entries()) track.sides[i]!.scale = scale!
  return 0
}

function changeSctp(connection: Connection, nest: Attributes): number {
  const given = nest.nest(protoinfo.rows.sctp, sctpPolicy)
  if (typeof given === 'number') return given
  const { rows: of } = protoinfoSctp
  const [state, vtagOriginal, vtagReply] = [given.u8(of.state), given.be32(of.vtagOriginal), given.be32(of.vtagReply)]
  if (state === undefined || vtagOriginal === undefined || vtagReply === undefined) return errno.EINVAL
  connection.sctp = { state, vtagOriginal, vtagReply }
  return 0
}

const dccpStates = 8

function changeDccp(connection: Connection, nest: Attributes): number {
  const given = nest.nest(protoinfo.rows.dccp, dccpPolicy)
  if (typeof given === 'number') return given
  const { rows: of } = protoinfoDccp
  const [state, role] = [given.u8(of.state), given.u8(of.role)]
  if (state === undefined || role === undefined || role > 1 || state >= dccpStates) return errno.EINVAL
  connection.dccp = { state, role, handshakeSeq: given.be64(of.handshakeSeq) ?? connection.dccp?.handshakeSeq ?? 0n }
  return 0
}

/** CTA_SEQ_ADJ_*: ignored by connections without the extension. */
export function changeSequences(connection: Connection, attributes: Attributes): number {
  const { sequences } = connection
  if (!sequences) return 0
  for (const [i, row] of [rows.seqAdjOrig, rows.seqAdjReply].entries()) {
    if (!attributes.has(row)) continue
    const failed = readSequence(sequences[i]!, attributes, row)
    if (failed) return failed
    connection.status |= status.seqAdjust
  }
  return 0
}

function readSequence(into: SequenceAdjustment, attributes: Attributes, row: Row): number {
  const nest = attributes.nest(row, seqAdjPolicy)
  if (typeof nest === 'number') return nest
  const { correctionPos, offsetBefore, offsetAfter } = seqAdj.rows
  const values = [correctionPos, offsetBefore, offsetAfter].map((one) => nest.be32(one))
  if (values.includes(undefined)) return errno.EINVAL
  ;[into.correctionPos, into.offsetBefore, into.offsetAfter] = values as [number, number, number]
  return 0
}

export function changeSynproxy({ synproxy }: Connection, attributes: Attributes): number {
  if (!synproxy) return 0
  const nest = attributes.nest(rows.synproxy, synproxyPolicy)
  if (typeof nest === 'number') return nest
  const { isn, its, tsoff } = synproxyTable.rows
  const values = [isn, its, tsoff].map((one) => nest.be32(one))
  if (values.includes(undefined)) return errno.EINVAL
  ;[synproxy.isn, synproxy.its, synproxy.tsoff] = values as [number, number, number]
  return 0
}
