import { formatAddress } from './address.ts'
import type { Attrs } from './attrs.ts'
import { DecodeError } from './errors.ts'
import { tuple, tupleIp, tupleProto } from './families/conntrack.ts'
import { protocol } from './families/nfnetlink.ts'
import { align, be16, typeMask, u16, view } from './wire.ts'

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

const ids = { ip: tuple.rows.ip.id, proto: tuple.rows.proto.id, zone: tuple.rows.zone.id }
const ip = {
  v4Src: tupleIp.rows.v4Src.id,
  v4Dst: tupleIp.rows.v4Dst.id,
  v6Src: tupleIp.rows.v6Src.id,
  v6Dst: tupleIp.rows.v6Dst.id,
}
const proto = {
  num: tupleProto.rows.num.id,
  srcPort: tupleProto.rows.srcPort.id,
  dstPort: tupleProto.rows.dstPort.id,
  icmpId: tupleProto.rows.icmpId.id,
  icmpType: tupleProto.rows.icmpType.id,
  icmpCode: tupleProto.rows.icmpCode.id,
  icmpv6Id: tupleProto.rows.icmpv6Id.id,
  icmpv6Type: tupleProto.rows.icmpv6Type.id,
  icmpv6Code: tupleProto.rows.icmpv6Code.id,
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
    const { bytes, end } = attrs
    this.#bytes = bytes
    for (let p = attrs.start; p + 4 <= end; ) {
      const length = u16(bytes, p)
      if (length < 4 || p + length > end) throw new DecodeError('CTA_TUPLE', p, `length ${length} does not fit`)
      switch (u16(bytes, p + 2) & typeMask) {
        case ids.ip:
          this.#readIp(p + 4, p + length)
          break
        case ids.proto:
          this.#readProto(p + 4, p + length)
          break
        case ids.zone:
          if (length < 6) throw new DecodeError('CTA_TUPLE_ZONE', p, `${length - 4} bytes, expected 2`)
          this.#zone = be16(bytes, p + 4)
          break
      }
      p += align(length)
    }
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

  get #isIcmp(): boolean {
    return this.#protocol === protocol.icmp || this.#protocol === protocol.icmpv6
  }

  #readIp(start: number, end: number): void {
    const bytes = this.#bytes
    for (let p = start; p + 4 <= end; ) {
      const length = u16(bytes, p)
      if (length < 4 || p + length > end) throw new DecodeError('CTA_IP', p, `length ${length} does not fit`)
      const id = u16(bytes, p + 2) & typeMask
      if (id >= ip.v4Src && id <= ip.v6Dst) {
        const size = id <= ip.v4Dst ? 4 : 16
        if (length < 4 + size) throw new DecodeError('CTA_IP', p, `${length - 4} bytes, expected ${size}`)
        this.#addressSize = size
        if (id === ip.v4Src || id === ip.v6Src) this.#source = p + 4
        else this.#destination = p + 4
      }
      p += align(length)
    }
  }

  #readProto(start: number, end: number): void {
    const bytes = this.#bytes
    for (let p = start; p + 4 <= end; ) {
      const length = u16(bytes, p)
      if (length < 4 || p + length > end) throw new DecodeError('CTA_PROTO', p, `length ${length} does not fit`)
      const id = u16(bytes, p + 2) & typeMask
      switch (id) {
        case proto.num:
          this.#protocol = octet(bytes, p, length)
          break
        case proto.srcPort:
        case proto.icmpId:
        case proto.icmpv6Id:
          this.#from = port(bytes, p, length)
          break
        case proto.dstPort:
          this.#to = port(bytes, p, length)
          break
        case proto.icmpType:
        case proto.icmpv6Type:
          this.#to = octet(bytes, p, length)
          break
        case proto.icmpCode:
        case proto.icmpv6Code:
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
