import { formatAddress } from './address.ts'
import { Attrs } from './attrs.ts'
import { decode } from './decode.ts'
import {
  type Conntrack,
  conntrack,
  counters,
  protoinfo,
  protoinfoTcp,
  tuple,
  tupleIp,
  tupleProto,
} from './families/conntrack.ts'
import { protocol } from './families/nfnetlink.ts'

/** One end of a connection in one direction. */
export interface Endpoint {
  /** IPv4 or IPv6 text; `undefined` when the kernel sent no address. */
  readonly address: string | undefined
  /** TCP, UDP, SCTP, DCCP port or GRE key; `undefined` for protocols without. */
  readonly port: number | undefined
}

/** What stands for ports in ICMP and ICMPv6. */
export interface IcmpIdentity {
  readonly id: number | undefined
  readonly type: number | undefined
  readonly code: number | undefined
}

/** One direction of a connection: from where to where. */
export class FlowTuple {
  readonly #attrs: Attrs

  constructor(attrs: Attrs) {
    this.#attrs = attrs
  }

  /** Layer-4 protocol number: 6 is TCP. */
  get protocol(): number | undefined {
    return this.#proto?.get(tupleProto.rows.num)
  }
  get source(): Endpoint {
    return this.#end(tupleIp.rows.v4Src, tupleIp.rows.v6Src, tupleProto.rows.srcPort)
  }
  get destination(): Endpoint {
    return this.#end(tupleIp.rows.v4Dst, tupleIp.rows.v6Dst, tupleProto.rows.dstPort)
  }
  /** Of ICMP and ICMPv6 only. */
  get icmp(): IcmpIdentity | undefined {
    const proto = this.#proto
    const rows = tupleProto.rows
    switch (proto?.get(rows.num)) {
      case protocol.icmp:
        return { id: proto.get(rows.icmpId), type: proto.get(rows.icmpType), code: proto.get(rows.icmpCode) }
      case protocol.icmpv6:
        return { id: proto.get(rows.icmpv6Id), type: proto.get(rows.icmpv6Type), code: proto.get(rows.icmpv6Code) }
      default:
        return undefined
    }
  }
  /** Zone that holds for this direction only. */
  get zone(): number | undefined {
    return this.#attrs.get(tuple.rows.zone)
  }

  get #proto(): Attrs | undefined {
    return this.#attrs.nest(tuple.rows.proto)
  }

  #end(v4: typeof tupleIp.rows.v4Src, v6: typeof tupleIp.rows.v6Src, port: typeof tupleProto.rows.srcPort): Endpoint {
    const ip = this.#attrs.nest(tuple.rows.ip)
    const bytes = ip?.get(v4) ?? ip?.get(v6)
    return { address: bytes && formatAddress(bytes), port: this.#proto?.get(port) }
  }
}

/** Packets and bytes one direction has carried. */
export interface FlowCounters {
  readonly packets: bigint
  readonly bytes: bigint
}

/**
 * A tracked connection, as the kernel sends it in dumps, events and queued packets. Getters read the kernel's bytes when called;
 * a flow is readable as long as the bytes it was made from, and `copy()` outlives them.
 */
export class Flow {
  readonly #attrs: Attrs
  /** `nfgen_family`: 2 for IPv4, 10 for IPv6. */
  readonly family: number

  constructor(attrs: Attrs, family: number) {
    this.#attrs = attrs
    this.family = family
  }

  /** Identifies the entry while it lives; opaque, compare only. */
  get id(): number | undefined {
    return this.#attrs.get(conntrack.rows.id)
  }
  get original(): FlowTuple {
    return new FlowTuple(this.#attrs.nest(conntrack.rows.tupleOrig) ?? none)
  }
  get reply(): FlowTuple {
    return new FlowTuple(this.#attrs.nest(conntrack.rows.tupleReply) ?? none)
  }
  /** The original tuple of the connection that expected this one. */
  get master(): FlowTuple | undefined {
    const attrs = this.#attrs.nest(conntrack.rows.tupleMaster)
    return attrs && new FlowTuple(attrs)
  }
  /** Layer-4 protocol number. */
  get protocol(): number | undefined {
    return this.original.protocol
  }
  /** Bits of `status`. */
  get status(): number | undefined {
    return this.#attrs.get(conntrack.rows.status)
  }
  /** The connmark. */
  get mark(): number | undefined {
    return this.#attrs.get(conntrack.rows.mark)
  }
  /** The zone; 0 is the default one, for which the kernel sends nothing. */
  get zone(): number {
    return this.#attrs.get(conntrack.rows.zone) ?? 0
  }
  /** Seconds until the entry expires. */
  get timeoutSeconds(): number | undefined {
    return this.#attrs.get(conntrack.rows.timeout)
  }
  /** A value of `tcpState`, for TCP. */
  get tcpState(): number | undefined {
    return this.#attrs.nest(conntrack.rows.protoinfo)?.nest(protoinfo.rows.tcp)?.get(protoinfoTcp.rows.state)
  }
  /** What the original direction has carried; needs net.netfilter.nf_conntrack_acct. */
  get originalCounters(): FlowCounters | undefined {
    return this.#counters(conntrack.rows.countersOrig)
  }
  get replyCounters(): FlowCounters | undefined {
    return this.#counters(conntrack.rows.countersReply)
  }
  /** Connection labels: a bitmap, label 0 is the low bit of the first byte. A view. */
  get labels(): Uint8Array | undefined {
    return this.#attrs.get(conntrack.rows.labels)
  }
  /** Name of the helper that follows the connection. */
  get helper(): string | undefined {
    return this.#attrs.get(conntrack.rows.help)?.name
  }

  /** The attributes themselves, for what has no getter. */
  get attrs(): Attrs {
    return this.#attrs
  }

  /** Everything at once. Byte values are views. */
  toObject(): Conntrack {
    return decode(conntrack, this.#attrs.bytes, this.#attrs.start, this.#attrs.end)
  }

  /** A flow with bytes of its own. */
  copy(): Flow {
    return new Flow(new Attrs(this.#attrs.bytes.slice(this.#attrs.start, this.#attrs.end)), this.family)
  }

  #counters(row: typeof conntrack.rows.countersOrig): FlowCounters | undefined {
    const attrs = this.#attrs.nest(row)
    if (attrs === undefined) return undefined
    return { packets: attrs.get(counters.rows.packets) ?? 0n, bytes: attrs.get(counters.rows.bytes) ?? 0n }
  }
}

const none = new Attrs(new Uint8Array(0))
