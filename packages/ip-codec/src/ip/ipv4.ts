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
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly payloadStart: number
  readonly truncated: boolean

  constructor(bytes: Uint8Array, start: number, end: number) {
    const length = be16(bytes, start + 2)
    this.bytes = bytes
    this.start = start
    this.end = length > 0 && start + length < end ? start + length : end
    this.payloadStart = start + (bytes[start]! & 15) * 4
    this.truncated = length === 0 || start + length > end
  }

  get version(): 4 {
    return 4
  }

  /** In bytes, with options: 20 to 60. */
  get headerLength(): number {
    return this.payloadStart - this.start
  }

  get dscp(): number {
    return this.bytes[this.start + 1]! >> 2
  }

  /** 0 not ECN-capable, 1 and 2 capable, 3 congestion experienced. */
  get ecn(): number {
    return this.bytes[this.start + 1]! & 3
  }

  /** As the header says; 0 when the packet is `oversized`. */
  get totalLength(): number {
    return be16(this.bytes, this.start + 2)
  }

  /** TCP for hardware to segment, longer than its length field can say: the field is 0, and the packet ends where the bytes do. */
  get oversized(): boolean {
    return this.totalLength === 0
  }

  get identification(): number {
    return be16(this.bytes, this.start + 4)
  }

  get dontFragment(): boolean {
    return (this.bytes[this.start + 6]! & 0x40) !== 0
  }

  get moreFragments(): boolean {
    return (this.bytes[this.start + 6]! & 0x20) !== 0
  }

  /** Where this fragment's payload belongs, in bytes. */
  get fragmentOffset(): number {
    return (be16(this.bytes, this.start + 6) & 0x1fff) * 8
  }

  get isFragment(): boolean {
    return (be16(this.bytes, this.start + 6) & 0x3fff) !== 0
  }

  /** A fragment other than the first: it holds no transport header. */
  get isLaterFragment(): boolean {
    return (be16(this.bytes, this.start + 6) & 0x1fff) !== 0
  }

  get ttl(): number {
    return this.bytes[this.start + 8]!
  }

  get protocol(): number {
    return this.bytes[this.start + 9]!
  }

  /** Of the header. */
  get checksum(): number {
    return be16(this.bytes, this.start + 10)
  }

  /** Of the header, which is always all there. */
  get checksumState(): ChecksumState {
    return headerChecksumValid(this.bytes, this.start, this.headerLength) ? 'valid' : 'invalid'
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
    return view(this.bytes, this.start + 12, this.start + 16)
  }

  /** Four bytes. A view: no bytes are copied. */
  get destinationBytes(): Uint8Array {
    return view(this.bytes, this.start + 16, this.start + 20)
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
    return view(this.bytes, this.payloadStart, this.end)
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
    return ipv4Problem(this.bytes, start, end) === undefined ? new Ipv4(this.bytes, start, end) : undefined
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
