import { formatAddress } from './address.ts'
import type { Attrs } from './attrs.ts'
import { protocol } from './families/nfnetlink.ts'
import { type TupleLayout, tupleLayout } from './tuple-layout.ts'
import { be16, view } from './wire.ts'

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

/**
 * One direction of a connection: from where to where. Getters read the kernel's bytes when called, and text is made when asked for.
 * Readable as long as the bytes it was made from. The constructor throws `DecodeError` for an impossible length.
 */
export class FlowTuple {
  readonly #bytes: Uint8Array
  readonly #start: number
  readonly #layout: TupleLayout

  /** `attrs` are those of one tuple nest; `layout` is theirs, where it is known already. */
  constructor(attrs: Attrs, layout: TupleLayout = tupleLayout(attrs.bytes, attrs.start, attrs.end)) {
    this.#bytes = attrs.bytes
    this.#start = attrs.start
    this.#layout = layout
  }

  /** Layer-4 protocol number: 6 is TCP. */
  get protocol(): number | undefined {
    return this.#byte(this.#layout.protocol)
  }
  get source(): Endpoint {
    const { source, addressSize } = this.#layout
    return new FlowEndpoint(this.#bytes, source < 0 ? -1 : this.#start + source, addressSize, this.sourcePort)
  }
  get destination(): Endpoint {
    const { destination, addressSize } = this.#layout
    const at = destination < 0 ? -1 : this.#start + destination
    return new FlowEndpoint(this.#bytes, at, addressSize, this.destinationPort)
  }
  /** The same as `source.port`, without making the endpoint. */
  get sourcePort(): number | undefined {
    return this.#isIcmp() ? undefined : this.#be16(this.#layout.sourcePort)
  }
  get destinationPort(): number | undefined {
    return this.#isIcmp() ? undefined : this.#be16(this.#layout.destinationPort)
  }
  /** Of ICMP and ICMPv6 only. */
  get icmp(): IcmpIdentity | undefined {
    if (!this.#isIcmp()) return undefined
    const { icmpId, icmpType, icmpCode } = this.#layout
    return { id: this.#be16(icmpId), type: this.#byte(icmpType), code: this.#byte(icmpCode) }
  }
  /** Zone that holds for this direction only. */
  get zone(): number | undefined {
    return this.#be16(this.#layout.zone)
  }

  /** Plain data: what `JSON.stringify` prints. */
  toJSON(): Pick<FlowTuple, 'protocol' | 'source' | 'destination' | 'icmp' | 'zone'> {
    const { protocol, source, destination, icmp, zone } = this
    return { protocol, source, destination, icmp, zone }
  }

  // ICMP has no ports, whatever a tuple says.
  #isIcmp(): boolean {
    const number = this.protocol
    return number === protocol.icmp || number === protocol.icmpv6
  }

  #byte(at: number): number | undefined {
    return at < 0 ? undefined : this.#bytes[this.#start + at]
  }
  #be16(at: number): number | undefined {
    return at < 0 ? undefined : be16(this.#bytes, this.#start + at)
  }
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
