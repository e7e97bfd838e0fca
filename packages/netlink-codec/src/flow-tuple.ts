import { formatAddress } from './address.ts'
import type { Attrs } from './attrs.ts'
import { DecodeError } from './errors.ts'
import { tuple, tupleIp, tupleProto } from './families/conntrack.ts'
import { protocol } from './families/nfnetlink.ts'
import { align, be16, dataView, getU16, getU32, littleEndian, nestedBit, typeMask, view } from './wire.ts'

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

// Looked up once: dumps have hundreds of thousands of tuples.
const ipId = tuple.rows.ip.id
const protoId = tuple.rows.proto.id
const zoneId = tuple.rows.zone.id
const v4SrcId = tupleIp.rows.v4Src.id
const v4DstId = tupleIp.rows.v4Dst.id
const v6SrcId = tupleIp.rows.v6Src.id
const v6DstId = tupleIp.rows.v6Dst.id
const numId = tupleProto.rows.num.id
const srcPortId = tupleProto.rows.srcPort.id
const dstPortId = tupleProto.rows.dstPort.id
const icmpIdId = tupleProto.rows.icmpId.id
const icmpTypeId = tupleProto.rows.icmpType.id
const icmpCodeId = tupleProto.rows.icmpCode.id
const icmpv6IdId = tupleProto.rows.icmpv6Id.id
const icmpv6TypeId = tupleProto.rows.icmpv6Type.id
const icmpv6CodeId = tupleProto.rows.icmpv6Code.id

/** An attribute's first four bytes. */
const header = (payload: number, id: number): number =>
  littleEndian ? ((id << 16) | (4 + payload)) >>> 0 : (((4 + payload) << 16) | id) >>> 0
const ports = {
  proto: header(24, protoId | nestedBit),
  num: header(1, numId),
  source: header(2, srcPortId),
  destination: header(2, dstPortId),
}
const plain4 = { ip: header(16, ipId | nestedBit), source: header(4, v4SrcId), destination: header(4, v4DstId) }
const plain6 = { ip: header(40, ipId | nestedBit), source: header(16, v6SrcId), destination: header(16, v6DstId) }

/**
 * 4 or 16 when the tuple is laid out as the kernel lays out every tuple of addresses and ports, and comparing its headers tells all;
 * 0 when it must be walked.
 */
function plainAddressSize(data: DataView, start: number, end: number): number {
  const size = end - start
  if (size !== 48 && size !== 72) return 0
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
    getU32(data, at + 24) === ports.destination
  return same ? addressSize : 0
}

const absent = -1
const known = (number: number): number | undefined => (number === absent ? undefined : number)

/**
 * One direction of a connection: from where to where. The constructor walks the tuple once; text is made when asked for. Readable as
 * long as the bytes it was made from. The constructor throws `DecodeError` for an impossible length.
 */
export class FlowTuple {
  readonly #bytes: Uint8Array
  #source = absent
  #destination = absent
  #addressSize = 0
  #protocol = absent
  // Ports, or what ICMP has in their place: its identifier is the source, type and code are the destination.
  #from = absent
  #to = absent
  #code = absent
  #zone = absent

  /** `attrs` are those of one tuple nest. */
  constructor(attrs: Attrs) {
    const { bytes, start, end } = attrs
    this.#bytes = bytes
    const data = dataView(bytes)
    const addressSize = plainAddressSize(data, start, end)
    if (addressSize === 0) {
      this.#walk(start, end)
      return
    }
    const at = start + 8 + 2 * addressSize
    this.#source = start + 8
    this.#destination = start + 12 + addressSize
    this.#addressSize = addressSize
    this.#protocol = bytes[at + 12]!
    this.#from = data.getUint16(at + 20)
    this.#to = data.getUint16(at + 28)
  }

  /** Layer-4 protocol number: 6 is TCP. */
  get protocol(): number | undefined {
    return known(this.#protocol)
  }
  get source(): Endpoint {
    return new FlowEndpoint(this.#bytes, this.#source, this.#addressSize, this.#isIcmp ? absent : this.#from)
  }
  get destination(): Endpoint {
    return new FlowEndpoint(this.#bytes, this.#destination, this.#addressSize, this.#isIcmp ? absent : this.#to)
  }
  /** The same as `source.port`, without making the endpoint. */
  get sourcePort(): number | undefined {
    return this.#isIcmp ? undefined : known(this.#from)
  }
  get destinationPort(): number | undefined {
    return this.#isIcmp ? undefined : known(this.#to)
  }
  /** Of ICMP and ICMPv6 only. */
  get icmp(): IcmpIdentity | undefined {
    return this.#isIcmp ? { id: known(this.#from), type: known(this.#to), code: known(this.#code) } : undefined
  }
  /** Zone that holds for this direction only. */
  get zone(): number | undefined {
    return known(this.#zone)
  }

  /** Plain data: what `JSON.stringify` prints. */
  toJSON(): Pick<FlowTuple, 'protocol' | 'source' | 'destination' | 'icmp' | 'zone'> {
    const { protocol, source, destination, icmp, zone } = this
    return { protocol, source, destination, icmp, zone }
  }

  get #isIcmp(): boolean {
    return this.#protocol === protocol.icmp || this.#protocol === protocol.icmpv6
  }

  #walk(start: number, end: number): void {
    const bytes = this.#bytes
    const data = dataView(bytes)
    for (let p = start; p + 4 <= end; ) {
      const length = getU16(data, p)
      if (length < 4 || p + length > end) throw new DecodeError('CTA_TUPLE', p, `length ${length} does not fit`)
      switch (getU16(data, p + 2) & typeMask) {
        case ipId:
          this.#readIp(p + 4, p + length)
          break
        case protoId:
          this.#readProto(p + 4, p + length)
          break
        case zoneId:
          if (length < 6) throw new DecodeError('CTA_TUPLE_ZONE', p, `${length - 4} bytes, expected 2`)
          this.#zone = be16(bytes, p + 4)
          break
      }
      p += align(length)
    }
  }

  #readIp(start: number, end: number): void {
    const bytes = this.#bytes
    const data = dataView(bytes)
    for (let p = start; p + 4 <= end; ) {
      const length = getU16(data, p)
      if (length < 4 || p + length > end) throw new DecodeError('CTA_IP', p, `length ${length} does not fit`)
      const id = getU16(data, p + 2) & typeMask
      if (id >= v4SrcId && id <= v6DstId) {
        const size = id <= v4DstId ? 4 : 16
        if (length < 4 + size) throw new DecodeError('CTA_IP', p, `${length - 4} bytes, expected ${size}`)
        this.#addressSize = size
        if (id === v4SrcId || id === v6SrcId) this.#source = p + 4
        else this.#destination = p + 4
      }
      p += align(length)
    }
  }

  #readProto(start: number, end: number): void {
    const bytes = this.#bytes
    const data = dataView(bytes)
    for (let p = start; p + 4 <= end; ) {
      const length = getU16(data, p)
      if (length < 4 || p + length > end) throw new DecodeError('CTA_PROTO', p, `length ${length} does not fit`)
      const id = getU16(data, p + 2) & typeMask
      switch (id) {
        case numId:
          this.#protocol = octet(bytes, p, length)
          break
        case srcPortId:
        case icmpIdId:
        case icmpv6IdId:
          this.#from = port(bytes, p, length)
          break
        case dstPortId:
          this.#to = port(bytes, p, length)
          break
        case icmpTypeId:
        case icmpv6TypeId:
          this.#to = octet(bytes, p, length)
          break
        case icmpCodeId:
        case icmpv6CodeId:
          this.#code = octet(bytes, p, length)
          break
      }
      p += align(length)
    }
  }
}

function port(bytes: Uint8Array, p: number, length: number): number {
  if (length < 6) throw new DecodeError('CTA_PROTO', p, `${length - 4} bytes, expected 2`)
  return be16(bytes, p + 4)
}

function octet(bytes: Uint8Array, p: number, length: number): number {
  if (length < 5) throw new DecodeError('CTA_PROTO', p, '0 bytes, expected 1')
  return bytes[p + 4]!
}

class FlowEndpoint implements Endpoint {
  readonly #bytes: Uint8Array
  readonly #at: number
  readonly #size: number
  readonly #port: number

  constructor(bytes: Uint8Array, at: number, size: number, port: number) {
    this.#bytes = bytes
    this.#at = at
    this.#size = size
    this.#port = port
  }

  get address(): string | undefined {
    const bytes = this.addressBytes
    return bytes && formatAddress(bytes)
  }
  get port(): number | undefined {
    return known(this.#port)
  }
  get addressBytes(): Uint8Array | undefined {
    return this.#at === absent ? undefined : view(this.#bytes, this.#at, this.#size)
  }
  toJSON(): { address: string | undefined; port: number | undefined } {
    return { address: this.address, port: this.port }
  }
}
