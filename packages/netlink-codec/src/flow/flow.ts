import { inspect, protocolName } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { protoinfo } from '../conntrack/protoinfo.ts'
import { type Conntrack, conntrack, type Synproxy, timestamp } from '../conntrack/table.ts'
import { headerSize, type Message } from '../message/message.ts'
import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import { Attrs } from '../schema/attrs.ts'
import { decode } from '../schema/decode.ts'
import { DecodeError } from '../wire/errors.ts'
import { countersAt, type FlowCounters } from './counters.ts'
import { type FlowJson, flowJson } from './json.ts'
import { labelNumbers } from './labels.ts'
import { be32At, FlowLayout, nestAt } from './layout.ts'
import { formatFlow } from './line.ts'
import { type FlowStateName, type StatusName, stateOf, statusNamesOf } from './name.ts'
import {
  type DccpInfo,
  dccpInfo,
  type SctpInfo,
  type SequenceAdjustment,
  sctpInfo,
  sequenceAdjustment,
  type TcpInfo,
  tcpInfo,
} from './state.ts'
import { type FlowTranslation, translationOf } from './translation.ts'
import { FlowTuple } from './tuple.ts'

const { rows } = conntrack

/**
 * A tracked connection, as the kernel sends it in dumps, events and queued packets. The constructor finds out where the
 * attributes are; getters read the kernel's bytes when called. A flow is readable as long as the bytes it was made from, and
 * `copy()` outlives them. Constructor and getters throw `DecodeError` for an impossible length.
 *
 * @example
 * import { parseAddress } from '@nfkit/inet'
 * import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
 * import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
 * import { family } from '@nfkit/netlink-codec/nfnetlink'
 *
 * const ip = { v4Src: parseAddress('10.0.0.1'), v4Dst: parseAddress('10.0.0.2') }
 * const bytes = encodeAttrs(conntrack, { tupleOrig: { ip, proto: { num: 17, srcPort: 4000, dstPort: 53 } }, mark: 7 })
 * const flow = new Flow(new Attrs(bytes), family.ipv4)
 * console.log(flow.original.destination.port, flow.mark) // 53 7
 */
export class Flow {
  /** The attributes themselves, for what has no getter. */
  readonly attrs: Attrs
  /** `nfgen_family`: 2 for IPv4, 10 for IPv6. */
  readonly family: number
  readonly #layout: FlowLayout
  #original: FlowTuple | undefined = undefined
  #reply: FlowTuple | undefined = undefined

  constructor(attrs: Attrs, family: number) {
    this.attrs = attrs
    this.family = family
    this.#layout = FlowLayout.of(attrs.bytes, attrs.start, attrs.end)
  }

  /**
   * The flow a message of ctnetlink tells of: an answer, an entry of a dump, or an event. Throws `DecodeError` when it is too short for one.
   *
   * @example
   * import type { Message } from '@nfkit/netlink-codec'
   *
   * export const print = (message: Message) => console.log(`${Flow.of(message)}`)
   */
  static of({ bytes, start, end }: Message): Flow {
    if (end - start < netfilterHeaderSize)
      throw new DecodeError('nfgenmsg', start, `a message of ${end - start} bytes has none`)
    return new Flow(new Attrs(bytes, start + netfilterHeaderSize, end), bytes[start + headerSize]!)
  }

  /** Identifies the entry while it lives, within its zone; opaque, compare only. */
  get id(): number | undefined {
    return be32At(this.attrs, this.#layout.at.id)
  }
  get original(): FlowTuple {
    const { at, original } = this.#layout
    this.#original ??= new FlowTuple(this.attrs, original, this.attrs.start + at.original)
    return this.#original
  }
  get reply(): FlowTuple {
    const { at, reply } = this.#layout
    this.#reply ??= new FlowTuple(this.attrs, reply, this.attrs.start + at.reply)
    return this.#reply
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
  /** Its name: `tcp`; `protocol 200` for a number without one. */
  get protocolName(): string | undefined {
    return this.protocol === undefined ? undefined : protocolName(this.protocol)
  }
  /** The protocol's state by name, of TCP, SCTP and DCCP: `established`, as `FlowFilter.state` has it. */
  get state(): FlowStateName | undefined {
    return stateOf(this)
  }
  /** The ends NAT puts in place of the original ones; `undefined` where nothing is translated. */
  get translation(): FlowTranslation | undefined {
    return translationOf(this.status ?? 0, this.reply)
  }
  /** Bits of `status`. */
  get status(): number | undefined {
    return be32At(this.attrs, this.#layout.at.status)
  }
  /** The same as names, lowest bit first; empty when the kernel sent no status. */
  get statusNames(): StatusName[] {
    return statusNamesOf(this.status ?? 0)
  }
  /** The connmark; events leave it out when it is 0 and did not change. */
  get mark(): number | undefined {
    return be32At(this.attrs, this.#layout.at.mark)
  }
  /** The zone; 0 is the default one, for which the kernel sends nothing. */
  get zone(): number {
    const { zone } = this.#layout.at
    return zone < 0 ? 0 : be16(this.attrs.bytes, this.attrs.start + zone)
  }
  /** Seconds until the entry expires; `undefined` for an offloaded one. */
  get timeoutSeconds(): number | undefined {
    return be32At(this.attrs, this.#layout.at.timeout)
  }
  /** References to the entry, in answers and dumps. */
  get use(): number | undefined {
    return be32At(this.attrs, this.#layout.at.use)
  }
  /** A value of `tcpState`, for TCP. */
  get tcpState(): number | undefined {
    const { tcpState } = this.#layout
    return tcpState < 0 ? undefined : this.attrs.bytes[this.attrs.start + tcpState]
  }
  get tcp(): TcpInfo | undefined {
    return tcpInfo(nestAt(this.attrs, this.#layout.at.protoinfo).get(protoinfo.rows.tcp))
  }
  get sctp(): SctpInfo | undefined {
    return sctpInfo(nestAt(this.attrs, this.#layout.at.protoinfo).get(protoinfo.rows.sctp))
  }
  /** Up to Linux 6.16. */
  get dccp(): DccpInfo | undefined {
    return dccpInfo(nestAt(this.attrs, this.#layout.at.protoinfo).get(protoinfo.rows.dccp))
  }
  /** What the original direction has carried; needs net.netfilter.nf_conntrack_acct when the connection began. */
  get originalCounters(): FlowCounters | undefined {
    const { at, originalCounters } = this.#layout
    return at.originalCounters < 0 ? undefined : countersAt(this.attrs, originalCounters)
  }
  get replyCounters(): FlowCounters | undefined {
    const { at, replyCounters } = this.#layout
    return at.replyCounters < 0 ? undefined : countersAt(this.attrs, replyCounters)
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
  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
  /** A flow with bytes of its own. */
  copy(): Flow {
    return new Flow(new Attrs(this.attrs.bytes.slice(this.attrs.start, this.attrs.end)), this.family)
  }
}
