import type { Masked } from '@nfkit/inet'
import { EncodeError, whole } from '@nfkit/netlink-codec'
import {
  type Conntrack,
  markAttrs,
  type SeqAdj,
  type SequenceAdjustment,
  status as statusNames,
} from '@nfkit/netlink-codec/conntrack'
import { assertKeys, type Keys } from '../known.ts'
import { type StatusBits, statusBits } from '../naming/status.ts'
import { encodeState, type ProtocolChanges } from './protocol-state.ts'

/** What can be changed of a living entry. The kernel applies them in the order below and stops at the first it refuses. */
export interface FlowChanges extends ProtocolChanges {
  /** The helper to follow the connection; '' removes it, up to Linux 6.18. */
  readonly helper?: string | undefined
  /** Seconds until the entry expires, from now. */
  readonly timeoutSeconds?: number | undefined
  /**
   * Status bits to set: the kernel lets none be cleared. It lets `assured`, `seenReply` and `fixedTimeout` be set; of the others, those it
   * would ignore are refused here.
   */
  readonly status?: StatusBits | undefined
  /** The connmark, or the bits of it that `mask` selects; those of `value` outside it are left out. */
  readonly mark?: number | Masked | undefined
  /** How TCP sequence numbers of the original direction are shifted. */
  readonly originalSequenceAdjustment?: SequenceAdjustment | undefined
  /** How TCP sequence numbers of the reply direction are shifted. */
  readonly replySequenceAdjustment?: SequenceAdjustment | undefined
  /** State of the SYN proxy in front of a TCP server. */
  readonly synproxy?: SynproxyChanges | undefined
  /** All labels the entry has afterwards, or those to set and to clear. Needs a rule that uses labels (`ct label`, `connlabel`). */
  readonly labels?: readonly number[] | LabelChange | undefined
}

/** Labels to set and to clear; other labels stay as they are. */
export interface LabelChange {
  /** Numbers of the labels to set, 0 to 127. */
  readonly set?: readonly number[] | undefined
  /** Numbers of the labels to clear, 0 to 127. */
  readonly clear?: readonly number[] | undefined
}

/** What a SYN proxy keeps of a connection: initial sequence number, initial time stamp, offset of time stamps. All three belong together. */
export interface SynproxyChanges {
  /** Initial sequence number the proxy chose for the client. */
  readonly isn: number
  /** Initial TCP timestamp the proxy chose for the client. */
  readonly its: number
  /** Offset between the timestamps of the proxy and the server. */
  readonly tsoff: number
}

/** The properties of the entry that a change depends on. */
export interface Changed {
  /** Layer-4 number. */
  readonly protocol: number
  /** Status bits the entry has: the kernel wants them repeated. */
  readonly status: number
}

export const changeKeys: Keys<FlowChanges> = {
  helper: true,
  timeoutSeconds: true,
  status: true,
  tcp: true,
  sctp: true,
  dccp: true,
  mark: true,
  originalSequenceAdjustment: true,
  replySequenceAdjustment: true,
  synproxy: true,
  labels: true,
}

/** The attributes of a change. Throws `EncodeError`. */
export function encodeChanges(changes: FlowChanges, of: Changed): Conntrack {
  const { mark, labels, synproxy } = changes
  if (synproxy !== undefined) assertKeys(synproxy, { isn: true, its: true, tsoff: true }, 'FlowChanges synproxy')
  return {
    help: changes.helper === undefined ? undefined : { name: changes.helper },
    timeout: changes.timeoutSeconds,
    status: changes.status === undefined ? undefined : encodeStatus(statusBits(changes.status), of.status),
    protoinfo: encodeState(changes, of.protocol),
    ...(mark === undefined ? undefined : markAttrs(mark)),
    seqAdjOrig: adjustment(changes.originalSequenceAdjustment, 'CTA_SEQ_ADJ_ORIG'),
    seqAdjReply: adjustment(changes.replySequenceAdjustment, 'CTA_SEQ_ADJ_REPLY'),
    synproxy,
    ...(labels === undefined ? undefined : encodeLabels(labels)),
  }
}

/** Bits the kernel settles itself, and ignores in a request (IPS_UNCHANGEABLE_MASK). It refuses the others it does not let be set. */
const settled = (
  [
    'srcNat',
    'dstNat',
    'seqAdjust',
    'srcNatDone',
    'dstNatDone',
    'template',
    'untracked',
    'offload',
    'hwOffload',
  ] as const
).map((name) => ({ name, bit: statusNames[name] }))

/** All bits there are. */
const everyBit = 0xffff

function encodeStatus(wanted: number, present: number): number {
  if (wanted > everyBit)
    throw new EncodeError('CTA_STATUS', 'there are 16 bits of status, and the kernel ignores those above 0xffff')
  const ignored = settled.find(({ bit }) => (wanted & ~present & bit) !== 0)
  if (ignored !== undefined)
    throw new EncodeError('CTA_STATUS', `the kernel ignores "${ignored.name}" here: it sets it itself`)
  return (wanted | present) >>> 0
}

/** Offsets have a sign. */
function adjustment(of: SequenceAdjustment | undefined, where: string): SeqAdj | undefined {
  if (of === undefined) return undefined
  assertKeys(of, { position: true, before: true, after: true }, where)
  const signed = (offset: number) => whole(offset < 0 ? offset + 2 ** 32 : offset, 0xffff_ffff, where)
  return { correctionPos: of.position, offsetBefore: signed(of.before), offsetAfter: signed(of.after) }
}

function encodeLabels(labels: readonly number[] | LabelChange): Conntrack {
  if (isList(labels)) return { labels: bitmap(labels) }
  assertKeys(labels, { set: true, clear: true }, 'FlowChanges labels')
  const { set = [], clear = [] } = labels
  const both = set.find((label) => clear.includes(label))
  if (both !== undefined) throw new EncodeError('CTA_LABELS', `label ${both} cannot be both set and cleared`)
  return { labels: bitmap(set), labelsMask: bitmap([...set, ...clear]) }
}

const isList = (labels: readonly number[] | LabelChange): labels is readonly number[] => Array.isArray(labels)

function bitmap(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16)
  for (const label of labels) {
    if (!(Number.isInteger(label) && label >= 0 && label < 128))
      throw new EncodeError('CTA_LABELS', `${label} is no label: they go from 0 to 127`)
    bytes[label >> 3]! |= 1 << (label & 7)
  }
  return bytes
}
