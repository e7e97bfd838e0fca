import { formatAddress, inspect } from '@nfkit/inet'
import { be16, view } from '@nfkit/inet/bytes'
import { type ChecksumState, headerChecksumValid } from '../checksum/internet.ts'
import { type Icmp, icmpIn, type Quoting } from '../transport/icmp.ts'
import { portIn } from '../transport/ports.ts'
import { type Sctp, sctpIn } from '../transport/sctp.ts'
import { type Tcp, tcpIn } from '../transport/tcp.ts'
import { type Udp, udpIn } from '../transport/udp.ts'
import { describe } from './describe.ts'
import { type Ipv4Option, ipv4Options } from './ipv4-option.ts'
import { type IpJson, ipJson } from './json.ts'
import { ipv4Problem } from './problem.ts'

/**
 * An IPv4 packet. Getters read the bytes on each call: hold on to a result you use twice. Made by `parseIp`, which has checked that
 * the header fits.
 */
export class Ipv4 implements Quoting<Ipv4> {
  /** @internal */
  readonly memory: Uint8Array
  /** @internal */
  readonly origin: number
  readonly end: number
  readonly payloadStart: number
  readonly truncated: boolean
  /** @internal Where in `memory` the header starts. */
  readonly at: number
  /** @internal Where in `memory` the bytes end. */
  readonly limit: number
  /** @internal The bytes, once they were asked for. */
  made: Uint8Array | undefined

  /** In `memory[at, limit)`; its `bytes` are `memory[origin, limit)`, or those given. */
  constructor(memory: Uint8Array, at: number, limit: number, origin: number, bytes: Uint8Array | undefined) {
    const length = be16(memory, at + 2)
    this.memory = memory
    this.origin = origin
    this.end = (length > 0 && at + length < limit ? at + length : limit) - origin
    this.payloadStart = at + (memory[at]! & 15) * 4 - origin
    this.truncated = length === 0 || at + length > limit
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

  get version(): 4 {
    return 4
  }

  /** In bytes, with options: 20 to 60. */
  get headerLength(): number {
    return this.payloadStart - this.start
  }

  get dscp(): number {
    return this.memory[this.at + 1]! >> 2
  }

  /** 0 not ECN-capable, 1 and 2 capable, 3 congestion experienced. */
  get ecn(): number {
    return this.memory[this.at + 1]! & 3
  }

  /** As the header says; 0 when the packet is `oversized`. */
  get totalLength(): number {
    return be16(this.memory, this.at + 2)
  }

  /** TCP for hardware to segment, longer than its length field can say: the field is 0, and the packet ends where the bytes do. */
  get oversized(): boolean {
    return this.totalLength === 0
  }

  get identification(): number {
    return be16(this.memory, this.at + 4)
  }

  get dontFragment(): boolean {
    return (this.memory[this.at + 6]! & 0x40) !== 0
  }

  get moreFragments(): boolean {
    return (this.memory[this.at + 6]! & 0x20) !== 0
  }

  /** Where this fragment's payload belongs, in bytes. */
  get fragmentOffset(): number {
    return (be16(this.memory, this.at + 6) & 0x1fff) * 8
  }

  get isFragment(): boolean {
    return (be16(this.memory, this.at + 6) & 0x3fff) !== 0
  }

  /** A fragment other than the first: it holds no transport header. */
  get isLaterFragment(): boolean {
    return (be16(this.memory, this.at + 6) & 0x1fff) !== 0
  }

  get ttl(): number {
    return this.memory[this.at + 8]!
  }

  get protocol(): number {
    return this.memory[this.at + 9]!
  }

  /** Of the header. */
  get checksum(): number {
    return be16(this.memory, this.at + 10)
  }

  /** Of the header, which is always all there. */
  get checksumState(): ChecksumState {
    return headerChecksumValid(this.memory, this.at, this.headerLength) ? 'valid' : 'invalid'
  }

  /** As text. */
  get source(): string {
    return formatAddress(this.sourceBytes)
  }

  /** As text. */
  get destination(): string {
    return formatAddress(this.destinationBytes)
  }

  /** Four bytes. A view: no bytes are copied. */
  get sourceBytes(): Uint8Array {
    return view(this.memory, this.at + 12, this.at + 16)
  }

  /** Four bytes. A view: no bytes are copied. */
  get destinationBytes(): Uint8Array {
    return view(this.memory, this.at + 16, this.at + 20)
  }

  /** @internal */
  get pseudoSourceAt(): number {
    return this.start + 12
  }

  /** @internal */
  get pseudoDestinationAt(): number {
    return this.start + 16
  }

  get options(): Ipv4Option[] {
    return ipv4Options(this.bytes, this.start + 20, this.payloadStart)
  }

  /** What follows the header. A view: no bytes are copied. */
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

  get icmp(): Icmp<Ipv4> | undefined {
    return icmpIn<Ipv4>(this)
  }

  /** Never: ICMPv6 is IPv6's. */
  get icmpv6(): undefined {
    return undefined
  }

  get sctp(): Sctp | undefined {
    return sctpIn(this)
  }

  /** @internal The packet in `bytes[start, end)`, when that is IPv4, too. */
  inner(start: number, end: number): Ipv4 | undefined {
    const { bytes } = this
    return ipv4Problem(bytes, start, end) === undefined ? new Ipv4(bytes, start, end, 0, bytes) : undefined
  }

  /** Who speaks to whom, in names and numbers. */
  toJSON(): IpJson {
    return ipJson(this)
  }

  /** One line for people: `10.0.0.1:40000 > 10.0.0.2:22 tcp SYN, 60 bytes`. */
  toString(): string {
    return describe(this)
  }

  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
}
