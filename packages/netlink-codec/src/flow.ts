import { Attrs } from './attrs.ts'
import { decode } from './decode.ts'
import { DecodeError } from './errors.ts'
import {
  type Conntrack,
  conntrack,
  counters,
  protoinfo,
  protoinfoTcp,
  type Synproxy,
  status as statusBits,
  timestamp,
} from './families/conntrack.ts'
import { type FlowJson, flowJson } from './flow-json.ts'
import { formatFlow } from './flow-line.ts'
import {
  type DccpInfo,
  dccpInfo,
  type SctpInfo,
  type SequenceAdjustment,
  sctpInfo,
  sequenceAdjustment,
  type TcpInfo,
  tcpInfo,
} from './flow-state.ts'
import { FlowTuple } from './flow-tuple.ts'
import { align, attrHeader, be16, be32, be64, dataView, getU16, getU32, littleEndian, typeMask, u16 } from './wire.ts'

/** Packets and bytes one direction has carried. */
export interface FlowCounters {
  readonly packets: bigint
  readonly bytes: bigint
}

/** A name of a status bit: `assured`. */
export type StatusName = keyof typeof statusBits

const { rows } = conntrack
// Looked up once: dumps have hundreds of thousands of flows.
const originalId = rows.tupleOrig.id
const replyId = rows.tupleReply.id
const statusId = rows.status.id
const protoinfoId = rows.protoinfo.id
const timeoutId = rows.timeout.id
const markId = rows.mark.id
const idId = rows.id.id
const useId = rows.use.id
const zoneId = rows.zone.id
const countersOriginalId = rows.countersOrig.id
const countersReplyId = rows.countersReply.id
const tcpId = protoinfo.rows.tcp.id
const tcpStateId = protoinfoTcp.rows.state.id
const packetsId = counters.rows.packets.id
const bytesId = counters.rows.bytes.id
const plainPackets = attrHeader(8, packetsId)
const plainBytes = attrHeader(8, bytesId)

/**
 * A tracked connection, as the kernel sends it in dumps, events and queued packets. The constructor walks the attributes once and
 * remembers where they are; getters read the kernel's bytes when called. A flow is readable as long as the bytes it was made from, and
 * `copy()` outlives them. Constructor and getters throw `DecodeError` for an impossible length.
 */
export class Flow {
  /** The attributes themselves, for what has no getter. */
  readonly attrs: Attrs
  /** `nfgen_family`: 2 for IPv4, 10 for IPv6. */
  readonly family: number
  // Where payloads are; 0 when absent, since a header precedes every payload.
  #original = 0
  #reply = 0
  #status = 0
  #protoinfo = 0
  #timeout = 0
  #mark = 0
  #id = 0
  #use = 0
  #zone = 0
  #countersOrig = 0
  #countersReply = 0
  #originalTuple: FlowTuple | undefined = undefined
  #replyTuple: FlowTuple | undefined = undefined

  constructor(attrs: Attrs, family: number) {
    this.attrs = attrs
    this.family = family
    const { bytes, end } = attrs
    const data = dataView(bytes)
    for (let p = attrs.start; p + 4 <= end; ) {
      const header = getU32(data, p)
      const length = littleEndian ? header & 0xffff : header >>> 16
      if (length < 4 || p + length > end) throw new DecodeError('CTA', p, `length ${length} does not fit`)
      switch ((littleEndian ? header >>> 16 : header) & typeMask) {
        case originalId:
          this.#original = p + 4
          break
        case replyId:
          this.#reply = p + 4
          break
        case statusId: // an empty one is padding: see `isPadding`
          if (length > 4) this.#status = sized(p, length, 4)
          break
        case protoinfoId:
          this.#protoinfo = p + 4
          break
        case timeoutId:
          this.#timeout = sized(p, length, 4)
          break
        case markId:
          this.#mark = sized(p, length, 4)
          break
        case idId:
          this.#id = sized(p, length, 4)
          break
        case useId:
          this.#use = sized(p, length, 4)
          break
        case zoneId:
          this.#zone = sized(p, length, 2)
          break
        case countersOriginalId:
          this.#countersOrig = p + 4
          break
        case countersReplyId:
          this.#countersReply = p + 4
          break
      }
      p += align(length)
    }
  }

  /** Identifies the entry while it lives, within its zone; opaque, compare only. */
  get id(): number | undefined {
    return this.#be32(this.#id)
  }
  get original(): FlowTuple {
    this.#originalTuple ??= new FlowTuple(this.#nest(this.#original) ?? none)
    return this.#originalTuple
  }
  get reply(): FlowTuple {
    this.#replyTuple ??= new FlowTuple(this.#nest(this.#reply) ?? none)
    return this.#replyTuple
  }
  /** The original tuple of the connection that expected this one. */
  get master(): FlowTuple | undefined {
    const attrs = this.attrs.nest(rows.tupleMaster)
    return attrs && new FlowTuple(attrs)
  }
  /** Layer-4 protocol number. */
  get protocol(): number | undefined {
    return this.original.protocol
  }
  /** Bits of `status`. */
  get status(): number | undefined {
    return this.#be32(this.#status)
  }
  /** The same as names, lowest bit first; empty when the kernel sent no status. */
  get statusNames(): StatusName[] {
    const bits = this.status ?? 0
    return statusNames.filter((name) => (bits & statusBits[name]) !== 0)
  }
  /** The connmark; events leave it out when it is 0 and did not change. */
  get mark(): number | undefined {
    return this.#be32(this.#mark)
  }
  /** The zone; 0 is the default one, for which the kernel sends nothing. */
  get zone(): number {
    return this.#zone === 0 ? 0 : be16(this.attrs.bytes, this.#zone)
  }
  /** Seconds until the entry expires; `undefined` for an offloaded one. */
  get timeoutSeconds(): number | undefined {
    return this.#be32(this.#timeout)
  }
  /** References to the entry, in answers and dumps. */
  get use(): number | undefined {
    return this.#be32(this.#use)
  }
  /** A value of `tcpState`, for TCP. */
  get tcpState(): number | undefined {
    const { bytes } = this.attrs
    const info = this.#protoinfo === 0 ? 0 : find(bytes, this.#protoinfo, tcpId, 0)
    const state = info === 0 ? 0 : find(bytes, info, tcpStateId, 1)
    return state === 0 ? undefined : bytes[state]
  }
  get tcp(): TcpInfo | undefined {
    return tcpInfo(this.#nest(this.#protoinfo)?.get(protoinfo.rows.tcp))
  }
  get sctp(): SctpInfo | undefined {
    return sctpInfo(this.#nest(this.#protoinfo)?.get(protoinfo.rows.sctp))
  }
  /** Up to Linux 6.16. */
  get dccp(): DccpInfo | undefined {
    return dccpInfo(this.#nest(this.#protoinfo)?.get(protoinfo.rows.dccp))
  }
  /** What the original direction has carried; needs net.netfilter.nf_conntrack_acct when the connection began. */
  get originalCounters(): FlowCounters | undefined {
    return this.#counters(this.#countersOrig)
  }
  get replyCounters(): FlowCounters | undefined {
    return this.#counters(this.#countersReply)
  }
  /** Start, nanoseconds since 1970; needs net.netfilter.nf_conntrack_timestamp when the connection began. */
  get startNs(): bigint | undefined {
    return this.attrs.nest(rows.timestamp)?.get(timestamp.rows.start)
  }
  /** End, nanoseconds since 1970; in destroy events. */
  get stopNs(): bigint | undefined {
    return this.attrs.nest(rows.timestamp)?.get(timestamp.rows.stop)
  }
  /** When the event happened, nanoseconds since 1970; in events since Linux 6.14. */
  get eventNs(): bigint | undefined {
    return this.attrs.get(rows.timestampEvent)
  }
  /** Connection labels, by number, ascending; `undefined` when the kernel sent none. */
  get labels(): number[] | undefined {
    return labelNumbers(this.attrs.get(rows.labels))
  }
  /** Name of the helper that follows the connection. */
  get helper(): string | undefined {
    return this.attrs.get(rows.help)?.name
  }
  get originalSequenceAdjustment(): SequenceAdjustment | undefined {
    return sequenceAdjustment(this.attrs.get(rows.seqAdjOrig))
  }
  get replySequenceAdjustment(): SequenceAdjustment | undefined {
    return sequenceAdjustment(this.attrs.get(rows.seqAdjReply))
  }
  get synproxy(): Synproxy | undefined {
    return this.attrs.get(rows.synproxy)
  }
  /** Label of a security module. */
  get securityContext(): string | undefined {
    return this.attrs.get(rows.secctx)?.name
  }

  /** Every attribute, as the tables have it. Byte values are views. */
  toObject(): Conntrack {
    return decode(conntrack, this.attrs.bytes, this.attrs.start, this.attrs.end)
  }
  /** Plain data with names for numbers: what `JSON.stringify` prints. */
  toJSON(): FlowJson {
    return flowJson(this)
  }
  /** The line `conntrack -L` prints. */
  toString(): string {
    return formatFlow(this)
  }
  /** A flow with bytes of its own. */
  copy(): Flow {
    return new Flow(new Attrs(this.attrs.bytes.slice(this.attrs.start, this.attrs.end)), this.family)
  }

  #be32(at: number): number | undefined {
    return at === 0 ? undefined : dataView(this.attrs.bytes).getUint32(at)
  }

  #nest(at: number): Attrs | undefined {
    return at === 0 ? undefined : new Attrs(this.attrs.bytes, at, at - 4 + u16(this.attrs.bytes, at - 4))
  }

  #counters(at: number): FlowCounters | undefined {
    if (at === 0) return undefined
    const { bytes } = this.attrs
    const data = dataView(bytes)
    // As the kernel lays them out; anything else is searched.
    if (getU16(data, at - 4) === 28 && getU32(data, at) === plainPackets && getU32(data, at + 12) === plainBytes)
      return { packets: count(bytes, at + 4), bytes: count(bytes, at + 16) }
    return { packets: count(bytes, find(bytes, at, packetsId, 8)), bytes: count(bytes, find(bytes, at, bytesId, 8)) }
  }
}

const statusNames = Object.keys(statusBits) as StatusName[]
const none = new Attrs(new Uint8Array(0))

/** Where the payload of an attribute is, inside the nest whose payload is at `nest`; 0 when it is absent. */
function find(bytes: Uint8Array, nest: number, id: number, size: number): number {
  const data = dataView(bytes)
  const end = nest - 4 + getU16(data, nest - 4)
  let found = 0
  for (let p = nest; p + 4 <= end; ) {
    const length = getU16(data, p)
    if (length < 4 || p + length > end) throw new DecodeError('CTA', p, `length ${length} does not fit`)
    if ((getU16(data, p + 2) & typeMask) === id) found = sized(p, length, size)
    p += align(length)
  }
  return found
}

/** A 64-bit counter. Making a bigint of each half is the slow way, and few have a high one. */
function count(bytes: Uint8Array, at: number): bigint {
  if (at === 0) return 0n
  return be32(bytes, at) === 0 ? BigInt(be32(bytes, at + 4)) : be64(bytes, at)
}

function sized(p: number, length: number, size: number): number {
  if (length < 4 + size) throw new DecodeError('CTA', p, `${length - 4} bytes, expected ${size}`)
  return p + 4
}

function labelNumbers(bitmap: Uint8Array | undefined): number[] | undefined {
  if (bitmap === undefined) return undefined
  const numbers: number[] = []
  for (let label = 0; label < 8 * bitmap.length; label++)
    if (bitmap[label >> 3]! & (1 << (label & 7))) numbers.push(label)
  return numbers
}
