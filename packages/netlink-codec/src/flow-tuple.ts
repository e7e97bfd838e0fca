import { formatAddress } from './address.ts'
import type { Attrs } from './attrs.ts'
import { tuple, tupleIp, tupleProto } from './families/conntrack.ts'
import { protocol } from './families/nfnetlink.ts'
import { type TupleFields, tupleFields } from './tuple-fields.ts'
import { attrHeader, be16, dataView, getU32, nestedBit, view } from './wire.ts'

/** One end of a connection in one direction. */
export interface Endpoint {
  /** IPv4 or IPv6 text, made when asked for; `undefined` when the kernel sent no address. */
  readonly address: string | undefined
  /** TCP, UDP, UDP-Lite, SCTP or DCCP port, or GRE key; `undefined` for protocols without. */
  readonly port: number | undefined
  /** The address as 4 or 16 bytes. A view. */
  readonly addressBytes: Uint8Array | undefined
}

/** What stands for ports in ICMP and ICMPv6. */
export interface IcmpIdentity {
  readonly id: number | undefined
  readonly type: number | undefined
  readonly code: number | undefined
}

const known = (number: number): number | undefined => (number < 0 ? undefined : number)

/**
 * One direction of a connection: from where to where. Getters read the kernel's bytes when called, and text is made when asked for.
 * Readable as long as the bytes it was made from. The constructor throws `DecodeError` for an impossible length.
 */
export class FlowTuple {
  readonly #bytes: Uint8Array
  readonly #start: number
  /** 4 or 16 when the tuple is laid out as the kernel lays out all those with ports; 0 when it had to be walked. */
  readonly #plain: number
  readonly #walked: TupleFields | undefined

  /** `attrs` are those of one tuple nest. */
  constructor(attrs: Attrs) {
    this.#bytes = attrs.bytes
    this.#start = attrs.start
    this.#plain = plainAddressSize(attrs.bytes, attrs.start, attrs.end)
    this.#walked = this.#plain === 0 ? tupleFields(attrs) : undefined
  }

  /** Layer-4 protocol number: 6 is TCP. */
  get protocol(): number | undefined {
    return this.#walked ? known(this.#walked.protocol) : this.#bytes[this.#start + 20 + 2 * this.#plain]
  }
  get source(): Endpoint {
    const walked = this.#walked
    const at = walked ? walked.source : this.#start + 8
    return new FlowEndpoint(this.#bytes, at, walked ? walked.addressSize : this.#plain, this.sourcePort)
  }
  get destination(): Endpoint {
    const walked = this.#walked
    const at = walked ? walked.destination : this.#start + 12 + this.#plain
    return new FlowEndpoint(this.#bytes, at, walked ? walked.addressSize : this.#plain, this.destinationPort)
  }
  /** The same as `source.port`, without making the endpoint. */
  get sourcePort(): number | undefined {
    const walked = this.#walked
    if (walked) return isIcmp(walked) ? undefined : known(walked.from)
    return be16(this.#bytes, this.#start + 28 + 2 * this.#plain)
  }
  get destinationPort(): number | undefined {
    const walked = this.#walked
    if (walked) return isIcmp(walked) ? undefined : known(walked.to)
    return be16(this.#bytes, this.#start + 36 + 2 * this.#plain)
  }
  /** Of ICMP and ICMPv6 only. */
  get icmp(): IcmpIdentity | undefined {
    const walked = this.#walked
    if (walked === undefined || !isIcmp(walked)) return undefined
    return { id: known(walked.from), type: known(walked.to), code: known(walked.code) }
  }
  /** Zone that holds for this direction only. */
  get zone(): number | undefined {
    return this.#walked && known(this.#walked.zone)
  }

  /** Plain data: what `JSON.stringify` prints. */
  toJSON(): Pick<FlowTuple, 'protocol' | 'source' | 'destination' | 'icmp' | 'zone'> {
    const { protocol, source, destination, icmp, zone } = this
    return { protocol, source, destination, icmp, zone }
  }
}

const isIcmp = (fields: TupleFields): boolean =>
  fields.protocol === protocol.icmp || fields.protocol === protocol.icmpv6

const nested = (payload: number, id: number): number => attrHeader(payload, id | nestedBit)
const ports = {
  proto: nested(24, tuple.rows.proto.id),
  num: attrHeader(1, tupleProto.rows.num.id),
  source: attrHeader(2, tupleProto.rows.srcPort.id),
  destination: attrHeader(2, tupleProto.rows.dstPort.id),
}
const { v4Src, v4Dst, v6Src, v6Dst } = tupleIp.rows
const plain4 = {
  ip: nested(16, tuple.rows.ip.id),
  source: attrHeader(4, v4Src.id),
  destination: attrHeader(4, v4Dst.id),
}
const plain6 = {
  ip: nested(40, tuple.rows.ip.id),
  source: attrHeader(16, v6Src.id),
  destination: attrHeader(16, v6Dst.id),
}

/** Comparing a tuple's headers with those the kernel writes for addresses and ports tells all, and is faster than walking. */
function plainAddressSize(bytes: Uint8Array, start: number, end: number): number {
  const size = end - start
  if (size !== 48 && size !== 72) return 0
  const data = dataView(bytes)
  const addressSize = size === 48 ? 4 : 16
  const plain = size === 48 ? plain4 : plain6
  const at = start + 8 + 2 * addressSize
  const same =
    getU32(data, start) === plain.ip &&
    getU32(data, start + 4) === plain.source &&
    getU32(data, start + 8 + addressSize) === plain.destination &&
    getU32(data, at + 4) === ports.proto &&
    getU32(data, at + 8) === ports.num &&
    getU32(data, at + 16) === ports.source &&
    getU32(data, at + 24) === ports.destination &&
    // ICMP has no ports, whatever a tuple says.
    bytes[at + 12] !== protocol.icmp &&
    bytes[at + 12] !== protocol.icmpv6
  return same ? addressSize : 0
}

class FlowEndpoint implements Endpoint {
  readonly #bytes: Uint8Array
  readonly #at: number
  readonly #size: number
  readonly port: number | undefined

  constructor(bytes: Uint8Array, at: number, size: number, port: number | undefined) {
    this.#bytes = bytes
    this.#at = at
    this.#size = size
    this.port = port
  }

  get address(): string | undefined {
    const bytes = this.addressBytes
    return bytes && formatAddress(bytes)
  }
  get addressBytes(): Uint8Array | undefined {
    return this.#at < 0 ? undefined : view(this.#bytes, this.#at, this.#size)
  }
  toJSON(): { address: string | undefined; port: number | undefined } {
    return { address: this.address, port: this.port }
  }
}
