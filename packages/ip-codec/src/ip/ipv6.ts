import { formatAddress, inspect } from '@nfkit/inet'
import { be16, be32, view } from '@nfkit/inet/bytes'
import { type Icmp, icmpIn, type Quoting } from '../transport/icmp.ts'
import { portIn } from '../transport/ports.ts'
import { type Sctp, sctpIn } from '../transport/sctp.ts'
import { type Tcp, tcpIn } from '../transport/tcp.ts'
import { type Udp, udpIn } from '../transport/udp.ts'
import { describe } from './describe.ts'
import { type ChainProblem, isExtension, type Link, linksOf, walkChain } from './extension-chain.ts'
import { type ExtensionHeader, extensionHeader } from './extension-header.ts'
import { type IpJson, ipJson } from './json.ts'
import { endWithoutLength } from './jumbogram.ts'
import { ipv6Problem } from './problem.ts'
import { finalDestinationAt, homeAddressAt } from './pseudo-address.ts'

/**
 * An IPv6 packet. Its extension headers are walked once, when it is made; all other getters read the bytes on each call. Made by
 * `parseIp`, which has checked that the header fits.
 */
export class Ipv6 implements Quoting<Ipv6> {
  /** @internal */
  readonly memory: Uint8Array
  /** @internal */
  readonly origin: number
  readonly end: number
  /** After the extension headers. */
  readonly payloadStart: number
  readonly truncated: boolean
  /** Number of the protocol after the extension headers; of the header that stopped the walk when there is a `chainProblem`. */
  readonly protocol: number
  /** Why the upper layer cannot be found: headers cut off, or more of them than anyone needs. */
  readonly chainProblem: ChainProblem | undefined
  /** @internal Where in `memory` the header starts. */
  readonly at: number
  /** @internal Where in `memory` the bytes end. */
  readonly limit: number
  /** @internal Where in `memory` the fragment header is; -1 when there is none. */
  readonly fragmentAt: number
  /** @internal The bytes, once they were asked for. */
  made: Uint8Array | undefined

  /** In `memory[at, limit)`; its `bytes` are `memory[origin, limit)`, or those given. */
  constructor(memory: Uint8Array, at: number, limit: number, origin: number, bytes: Uint8Array | undefined) {
    const length = be16(memory, at + 4)
    const next = memory[at + 6]!
    const fieldEnd = at + 40 + length
    const packetEnd = length === 0 && fieldEnd < limit ? endWithoutLength(memory, next, fieldEnd, limit) : fieldEnd
    const end = Math.min(packetEnd, limit)
    this.memory = memory
    this.origin = origin
    this.end = end - origin
    this.truncated = packetEnd > limit
    if (isExtension(next)) {
      const chain = walkChain(memory, next, at + 40, end)
      this.protocol = chain.protocol
      this.payloadStart = chain.payloadStart - origin
      this.chainProblem = chain.problem
      this.fragmentAt = chain.fragmentAt
    } else {
      this.protocol = next
      this.payloadStart = at + 40 - origin
      this.chainProblem = undefined
      this.fragmentAt = -1
    }
    this.at = at
    this.limit = limit
    this.made = bytes
  }

  get bytes(): Uint8Array {
    this.made ??= view(this.memory, this.origin, this.limit)
    return this.made
  }

  get start(): number {
    return this.at - this.origin
  }

  get version(): 6 {
    return 6
  }

  get dscp(): number {
    return (be16(this.memory, this.at) >> 6) & 0x3f
  }

  /** 0 not ECN-capable, 1 and 2 capable, 3 congestion experienced. */
  get ecn(): number {
    return (this.memory[this.at + 1]! >> 4) & 3
  }

  get flowLabel(): number {
    return be32(this.memory, this.at) & 0xf_ffff
  }

  /** Of extension headers and payload, as the header says; 0 also when the packet is `oversized`. */
  get payloadLength(): number {
    return be16(this.memory, this.at + 4)
  }

  /**
   * Longer than its length field, which is 0, can say: a jumbogram, whose length is in an option, or TCP for hardware to segment, which ends
   * where the bytes do.
   */
  get oversized(): boolean {
    return this.payloadLength === 0 && this.end > this.start + 40
  }

  /** The header's own field: the number of the first extension header, or `protocol` when there is none. */
  get nextHeader(): number {
    return this.memory[this.at + 6]!
  }

  /** The hop limit, under the name it has in IPv4. */
  get ttl(): number {
    return this.memory[this.at + 7]!
  }

  get hopLimit(): number {
    return this.memory[this.at + 7]!
  }

  /** As text. */
  get source(): string {
    return formatAddress(this.sourceBytes)
  }

  /** As text. With a routing header this is the next stop on the way. */
  get destination(): string {
    return formatAddress(this.destinationBytes)
  }

  /** Sixteen bytes. A view: no bytes are copied. */
  get sourceBytes(): Uint8Array {
    return view(this.memory, this.at + 8, this.at + 24)
  }

  /** Sixteen bytes. A view: no bytes are copied. */
  get destinationBytes(): Uint8Array {
    return view(this.memory, this.at + 24, this.at + 40)
  }

  /** @internal */
  get pseudoSourceAt(): number {
    return homeAddressAt(this.bytes, this.#links(), this.start + 8)
  }

  /** @internal */
  get pseudoDestinationAt(): number {
    return finalDestinationAt(this.bytes, this.#links(), this.start + 24)
  }

  /** In order, up to the upper layer. */
  get extensions(): ExtensionHeader[] {
    return this.#links().map((link) => extensionHeader(this.bytes, link))
  }

  #links(): Link[] {
    const first = this.start + 40
    return this.payloadStart === first ? [] : linksOf(this.bytes, this.nextHeader, first, this.payloadStart)
  }

  /** Of the fragment header. */
  get identification(): number | undefined {
    return this.fragmentAt < 0 ? undefined : be32(this.memory, this.fragmentAt + 4)
  }

  get moreFragments(): boolean {
    return this.fragmentAt >= 0 && (this.memory[this.fragmentAt + 3]! & 1) !== 0
  }

  /** Where this fragment's payload belongs, in bytes. */
  get fragmentOffset(): number {
    return this.fragmentAt < 0 ? 0 : be16(this.memory, this.fragmentAt + 2) & 0xfff8
  }

  /** Not so when a fragment header says that this is all of it (RFC 6946). */
  get isFragment(): boolean {
    return this.fragmentAt >= 0 && (be16(this.memory, this.fragmentAt + 2) & 0xfff9) !== 0
  }

  /** A fragment other than the first: it holds no transport header. */
  get isLaterFragment(): boolean {
    return this.fragmentOffset !== 0
  }

  /** What follows the extension headers. A view: no bytes are copied. */
  get payload(): Uint8Array {
    return view(this.memory, this.origin + this.payloadStart, this.origin + this.end)
  }

  /** Of TCP, UDP, SCTP, DCCP and UDP-Lite, also where too little is there for a view of the rest. */
  get sourcePort(): number | undefined {
    return portIn(this, 0)
  }

  get destinationPort(): number | undefined {
    return portIn(this, 2)
  }

  get tcp(): Tcp | undefined {
    return tcpIn(this)
  }

  get udp(): Udp | undefined {
    return udpIn(this)
  }

  /** Never: IPv6 has ICMPv6. */
  get icmp(): undefined {
    return undefined
  }

  get icmpv6(): Icmp<Ipv6> | undefined {
    return icmpIn<Ipv6>(this)
  }

  get sctp(): Sctp | undefined {
    return sctpIn(this)
  }

  /** @internal The packet in `bytes[start, end)`, when that is IPv6, too. */
  inner(start: number, end: number): Ipv6 | undefined {
    const { bytes } = this
    return ipv6Problem(bytes, start, end) === undefined ? new Ipv6(bytes, start, end, 0, bytes) : undefined
  }

  /** Who speaks to whom, in names and numbers. */
  toJSON(): IpJson {
    return ipJson(this)
  }

  /** One line for people: `[2001:db8::1]:5000 > [2001:db8::2]:53 udp, 60 bytes`. */
  toString(): string {
    return describe(this)
  }

  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
}
