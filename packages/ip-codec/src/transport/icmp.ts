import { inspect, ipProtocol } from '@nfkit/inet'
import { be16, be32, view } from '@nfkit/inet/bytes'
import type { ChecksumState } from '../checksum/internet.ts'
import { transportChecksumState } from '../checksum/transport.ts'
import type { Carrier } from '../ip-layer.ts'

import { icmpType } from './icmp-type.ts'

/** An IP packet that can read another of its kind inside. */
export interface Quoting<Ip> extends Carrier {
  /** @internal The packet an ICMP error quotes, in `[start, end)`; `undefined` when there is none. */
  inner(start: number, end: number): Ip | undefined
}

/** An ICMP or ICMPv6 message: `ip.version` says which. Getters read the packet's bytes on each call. */
export class Icmp<Ip extends Quoting<Ip>> {
  /** The IP packet it is in. */
  readonly ip: Ip
  /** @internal */
  readonly memory: Uint8Array
  /** @internal Where in `memory` it starts. */
  readonly at: number

  /** Made by `ip.icmp` and `ip.icmpv6`, which have checked that the header fits. */
  constructor(ip: Ip) {
    this.ip = ip
    this.memory = ip.memory
    this.at = ip.origin + ip.payloadStart
  }

  get bytes(): Uint8Array {
    return this.ip.bytes
  }

  get start(): number {
    return this.ip.payloadStart
  }

  get end(): number {
    return this.ip.end
  }

  get type(): number {
    return this.memory[this.at]!
  }

  get code(): number {
    return this.memory[this.at + 1]!
  }

  get checksum(): number {
    return be16(this.memory, this.at + 2)
  }

  /** Reads all of the message. */
  get checksumState(): ChecksumState {
    return transportChecksumState(this.ip)
  }

  get isEchoRequest(): boolean {
    return this.type === (this.ip.version === 4 ? 8 : 128)
  }

  get isEchoReply(): boolean {
    return this.type === (this.ip.version === 4 ? 0 : 129)
  }

  /** Whether it tells of another packet, which it quotes. */
  get isError(): boolean {
    const { type } = this
    if (this.ip.version === 6) return type < 128
    return type === 3 || type === 4 || type === 5 || type === 11 || type === 12
  }

  /** Of an echo request or reply; `undefined` in other messages. */
  get identifier(): number | undefined {
    return this.isEchoRequest || this.isEchoReply ? be16(this.memory, this.at + 4) : undefined
  }

  /** Of an echo request or reply; `undefined` in other messages. */
  get sequence(): number | undefined {
    return this.isEchoRequest || this.isEchoReply ? be16(this.memory, this.at + 6) : undefined
  }

  /** The size that would have fitted, of "fragmentation needed" and "packet too big". */
  get mtu(): number | undefined {
    if (this.ip.version === 6) return this.type === 2 ? be32(this.memory, this.at + 4) : undefined
    return this.type === 3 && this.code === 4 ? be16(this.memory, this.at + 6) : undefined
  }

  /** The beginning of the packet an error tells of: as a rule `truncated`, often to its ports. */
  get embedded(): Ip | undefined {
    return this.isError ? this.ip.inner(this.start + 8, this.end) : undefined
  }

  /** What follows the eight bytes of header. A view: no bytes are copied. */
  get payload(): Uint8Array {
    return view(this.memory, this.at + 8, this.ip.origin + this.end)
  }

  /** `echo request, 56 bytes`. */
  toString(): string {
    return `${icmpType(this.ip.version, this.type)}, ${this.payload.length} bytes`
  }

  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
}

/** The message in a packet, or `undefined` when it holds none or the header is cut off. */
export function icmpIn<Ip extends Quoting<Ip>>(ip: Ip): Icmp<Ip> | undefined {
  const { payloadStart: start, end } = ip
  const wanted = ip.version === 4 ? ipProtocol.icmp : ipProtocol.icmpv6
  return ip.protocol !== wanted || start + 8 > end || ip.isLaterFragment ? undefined : new Icmp(ip)
}
