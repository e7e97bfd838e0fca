import { inspect, ipProtocol } from '@nfkit/inet'
import { be16, be32, view } from '@nfkit/inet/bytes'
import type { ChecksumState } from '../checksum/internet.ts'
import { transportChecksumState } from '../checksum/transport.ts'
import type { Carrier } from '../ip-layer.ts'
import { flagNames } from './tcp-flags.ts'
import { mssAt, type TcpOption, tcpOptions } from './tcp-option.ts'

/** A TCP segment. Getters read the packet's bytes on each call: hold on to a result you use twice. */
export class Tcp {
  /** The IP packet it is in. */
  readonly ip: Carrier
  /** @internal */
  readonly memory: Uint8Array
  /** @internal Where in `memory` it starts. */
  readonly at: number

  /** Made by `ip.tcp`, which has checked that the header fits. */
  constructor(ip: Carrier) {
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

  get sourcePort(): number {
    return be16(this.memory, this.at)
  }

  get destinationPort(): number {
    return be16(this.memory, this.at + 2)
  }

  get sequence(): number {
    return be32(this.memory, this.at + 4)
  }

  get acknowledgment(): number {
    return be32(this.memory, this.at + 8)
  }

  /** In bytes, with options: 20 to 60. */
  get headerLength(): number {
    return (this.memory[this.at + 12]! >> 4) * 4
  }

  /** All eight flags as bits; `tcpFlag` names them. */
  get flags(): number {
    return this.memory[this.at + 13]!
  }

  get fin(): boolean {
    return (this.flags & 0x01) !== 0
  }

  get syn(): boolean {
    return (this.flags & 0x02) !== 0
  }

  get rst(): boolean {
    return (this.flags & 0x04) !== 0
  }

  get psh(): boolean {
    return (this.flags & 0x08) !== 0
  }

  get ack(): boolean {
    return (this.flags & 0x10) !== 0
  }

  get urg(): boolean {
    return (this.flags & 0x20) !== 0
  }

  get ece(): boolean {
    return (this.flags & 0x40) !== 0
  }

  get cwr(): boolean {
    return (this.flags & 0x80) !== 0
  }

  /** As sent: to be shifted by the window scale the connection agreed on. */
  get window(): number {
    return be16(this.memory, this.at + 14)
  }

  get checksum(): number {
    return be16(this.memory, this.at + 16)
  }

  /** Reads all of the segment. */
  get checksumState(): ChecksumState {
    return transportChecksumState(this.ip)
  }

  get urgentPointer(): number {
    return be16(this.memory, this.at + 18)
  }

  /** As far as their bytes are there. */
  get options(): TcpOption[] {
    return tcpOptions(this.memory, this.at + 20, headerEnd(this))
  }

  /** The first option of a kind. */
  option<K extends TcpOption['kind']>(kind: K): Extract<TcpOption, { kind: K }> | undefined {
    return this.options.find((option): option is Extract<TcpOption, { kind: K }> => option.kind === kind)
  }

  /** The maximum segment size its sender announces, which only a SYN does. */
  get mss(): number | undefined {
    const at = mssAt(this.memory, this.at + 20, headerEnd(this))
    return at < 0 ? undefined : be16(this.memory, at)
  }

  /** A view: no bytes are copied. */
  get payload(): Uint8Array {
    return view(this.memory, headerEnd(this), this.ip.origin + this.end)
  }

  /** `40000 > 22 SYN ACK, 0 bytes`. */
  toString(): string {
    return `${this.sourcePort} > ${this.destinationPort} ${flagNames(this.flags)}, ${this.payload.length} bytes`
  }

  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
}

/** Where in `memory` the header ends, as far as it is there. */
const headerEnd = ({ at, headerLength, ip, end }: Tcp): number => Math.min(at + headerLength, ip.origin + end)

/** The segment in a packet, or `undefined` when it holds none or the header does not fit in. */
export function tcpIn(ip: Carrier): Tcp | undefined {
  const { payloadStart: start, end } = ip
  if (ip.protocol !== ipProtocol.tcp || start + 20 > end || ip.isLaterFragment) return undefined
  const headerLength = (ip.memory[ip.origin + start + 12]! >> 4) * 4
  // Options may lie beyond what was copied, or in the next fragment; a whole packet must hold them.
  if (headerLength < 20 || (start + headerLength > end && !ip.truncated && !ip.isFragment)) return undefined
  return new Tcp(ip)
}
