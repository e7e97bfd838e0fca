import { errno } from '@nfkit/netlink-codec'
import { conntrack, help as helpTable, seqAdj, status, synproxy as synproxyTable } from '@nfkit/netlink-codec/conntrack'
import type { Attributes, Row } from '../../../netlink/attributes.ts'
import { change } from '../../table/change.ts'
import type { Connection, SequenceAdjustment } from '../../table/connection.ts'
import { helpPolicy, seqAdjPolicy, synproxyPolicy } from '../policies.ts'

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

/** The longest timeout: INT_MAX ticks, which need not be whole seconds. */
export const boundedSeconds = (seconds: number, hertz: number): number => Math.min(seconds, 0x7fff_ffff / hertz)

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

/** CTA_LABELS under CTA_LABELS_MASK. Also the event of the next packet tells of labels that changed (nf_connlabels_replace). */
export function changeLabels(connection: Connection, attributes: Attributes): number {
  const bits = attributes.payload(rows.labels)!
  if (bits.length % 4 !== 0) return errno.EINVAL
  const mask = attributes.payload(rows.labelsMask)
  if (mask && (mask.length === 0 || mask.length !== bits.length)) return errno.EINVAL
  const { labels, events } = connection
  if (!labels) return errno.ENOSPC
  const before = labels.slice()
  for (let i = 0; i < labels.length; i++) {
    const kept = mask && i < mask.length ? labels[i]! & ~mask[i]! : 0
    labels[i] = kept ^ (bits[i] ?? 0)
  }
  if (events && labels.some((byte, i) => byte !== before[i])) events.changes |= change.label
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
