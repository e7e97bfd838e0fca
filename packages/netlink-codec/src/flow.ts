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
import { align, be16, be32, typeMask, u16 } from './wire.ts'

/** Packets and bytes one direction has carried. */
export interface FlowCounters {
  readonly packets: bigint
  readonly bytes: bigint
}

/** A name of a status bit: `assured`. */
export type StatusName = keyof typeof statusBits

const { rows } = conntrack
const ids = {
  tupleOrig: rows.tupleOrig.id,
  tupleReply: rows.tupleReply.id,
  status: rows.status.id,
  protoinfo: rows.protoinfo.id,
  timeout: rows.timeout.id,
  mark: rows.mark.id,
  id: rows.id.id,
  use: rows.use.id,
  zone: rows.zone.id,
  countersOrig: rows.countersOrig.id,
  countersReply: rows.countersReply.id,
}

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
    for (let p = attrs.start; p + 4 <= end; ) {
      const length = u16(bytes, p)
      if (length < 4 || p + length > end) throw new DecodeError('CTA', p, `length ${length} does not fit`)
      const id = u16(bytes, p + 2) & typeMask
      switch (id) {
        case ids.tupleOrig:
          this.#original = p + 4
          break
        case ids.tupleReply:
          this.#reply = p + 4
          break
        case ids.status:
          this.#status = sized(p, length, 4)
          break
        case ids.protoinfo:
          this.#protoinfo = p + 4
          break
        case ids.timeout:
          this.#timeout = sized(p, length, 4)
          break
        case ids.mark:
          this.#mark = sized(p, length, 4)
          break
        case ids.id:
          this.#id = sized(p, length, 4)
          break
        case ids.use:
          this.#use = sized(p, length, 4)
          break
        case ids.zone:
          this.#zone = sized(p, length, 2)
          break
        case ids.countersOrig:
          this.#countersOrig = p + 4
          break
        case ids.countersReply:
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
    return this.#nest(this.#protoinfo)?.nest(protoinfo.rows.tcp)?.get(protoinfoTcp.rows.state)
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
    return at === 0 ? undefined : be32(this.attrs.bytes, at)
  }

  #nest(at: number): Attrs | undefined {
    return at === 0 ? undefined : new Attrs(this.attrs.bytes, at, at - 4 + u16(this.attrs.bytes, at - 4))
  }

  #counters(at: number): FlowCounters | undefined {
    const attrs = this.#nest(at)
    if (attrs === undefined) return undefined
    return { packets: attrs.get(counters.rows.packets) ?? 0n, bytes: attrs.get(counters.rows.bytes) ?? 0n }
  }
}

const statusNames = Object.keys(statusBits) as StatusName[]
const none = new Attrs(new Uint8Array(0))

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
