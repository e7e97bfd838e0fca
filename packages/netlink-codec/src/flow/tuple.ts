import { formatAddress, formatEnd, formatTuple, inspect, ipProtocol } from '@nfkit/inet'
import { be16, view } from '@nfkit/inet/bytes'
import type { Attrs } from '../schema/attrs.ts'
import { type TupleLayout, tupleLayout } from './tuple-layout.ts'

/** One end of a connection in one direction. */
export interface FlowEnd {
  /** IPv4 or IPv6 text, made when asked for; `undefined` when the kernel sent no address. */
  readonly address: string | undefined
  /** TCP, UDP, UDP-Lite, SCTP or DCCP port, or GRE key; `undefined` for protocols without. */
  readonly port: number | undefined
  /** The address as 4 or 16 bytes. A view. */
  readonly addressBytes: Uint8Array | undefined
}

/** What stands for ports in ICMP and ICMPv6. */
export interface FlowIcmp {
  /** Identifier of an echo or timestamp exchange. */
  readonly id: number | undefined
  /** ICMP or ICMPv6 type. */
  readonly type: number | undefined
  /** ICMP or ICMPv6 code. */
  readonly code: number | undefined
}

// Not `isIcmp` of inet: each port asks, and V8 inlines so much of a reader of flows and no more.
const { icmp, icmpv6 } = ipProtocol

/** An address of a tuple, for its endpoints. */
let addressOf: (tuple: FlowTuple, isSource: boolean) => Uint8Array | undefined

/**
 * One direction of a connection: from where to where. Getters read the kernel's bytes when called, and text is made when asked for.
 * Readable as long as the bytes it was made from. The constructor throws `DecodeError` for an impossible length.
 */
export class FlowTuple {
  readonly #bytes: Uint8Array
  readonly #start: number
  readonly #layout: TupleLayout

  static {
    addressOf = (tuple, isSource) => {
      const { source, destination, addressSize } = tuple.#layout
      const at = isSource ? source : destination
      if (at < 0) return undefined
      const from = tuple.#start + at
      return view(tuple.#bytes, from, from + addressSize)
    }
  }

  /**
   * `attrs` are those of one tuple nest. Where its `layout` is known already, it may be one of several nests in them, which begins at `start`: they
   * need not be made for it alone.
   */
  constructor(
    attrs: Attrs,
    layout: TupleLayout = tupleLayout(attrs.bytes, attrs.start, attrs.end),
    start = attrs.start,
  ) {
    this.#bytes = attrs.bytes
    this.#start = start
    this.#layout = layout
  }

  /** Layer-4 protocol number: 6 is TCP. */
  get protocol(): number | undefined {
    return this.#byte(this.#layout.protocol)
  }
  get source(): FlowEnd {
    return new FlowEndpoint(this, true)
  }
  get destination(): FlowEnd {
    return new FlowEndpoint(this, false)
  }
  /** The same as `source.port`, without making the endpoint. */
  get sourcePort(): number | undefined {
    return this.#isIcmp() ? undefined : this.#be16(this.#layout.sourcePort)
  }
  get destinationPort(): number | undefined {
    return this.#isIcmp() ? undefined : this.#be16(this.#layout.destinationPort)
  }
  /** Of ICMP and ICMPv6 only. */
  get icmp(): FlowIcmp | undefined {
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

  /** `tcp 10.0.0.1:4000 > 10.0.0.2:22`; a question mark where the kernel sent no address. */
  toString(): string {
    const { protocol = 0, icmp } = this
    const { id = 0, type = 0, code = 0 } = icmp ?? {}
    return formatTuple({
      protocol,
      source: end(this.source),
      destination: end(this.destination),
      icmp: icmp && { id, type, code },
    })
  }
  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }

  // ICMP has no ports, whatever a tuple says.
  #isIcmp(): boolean {
    const { protocol } = this
    return protocol === icmp || protocol === icmpv6
  }

  #byte(at: number): number | undefined {
    return at < 0 ? undefined : this.#bytes[this.#start + at]
  }
  #be16(at: number): number | undefined {
    return at < 0 ? undefined : be16(this.#bytes, this.#start + at)
  }
}

/** Knows only where to ask: most are made for one look at the address. */
class FlowEndpoint implements FlowEnd {
  readonly #tuple: FlowTuple
  readonly #isSource: boolean

  constructor(tuple: FlowTuple, isSource: boolean) {
    this.#tuple = tuple
    this.#isSource = isSource
  }

  get address(): string | undefined {
    const bytes = this.addressBytes
    return bytes && formatAddress(bytes)
  }
  get port(): number | undefined {
    return this.#isSource ? this.#tuple.sourcePort : this.#tuple.destinationPort
  }
  get addressBytes(): Uint8Array | undefined {
    return addressOf(this.#tuple, this.#isSource)
  }
  toJSON(): { address: string | undefined; port: number | undefined } {
    return { address: this.address, port: this.port }
  }
  /** `10.0.0.1:4000`. */
  toString(): string {
    return formatEnd(end(this))
  }
  [inspect](): string {
    return `${this}`
  }
}

const end = ({ address = '?', port }: FlowEnd) => ({ address, port })
