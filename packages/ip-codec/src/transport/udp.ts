import { inspect, ipProtocol } from '@nfkit/inet'
import { be16, view } from '@nfkit/inet/bytes'
import type { ChecksumState } from '../checksum/internet.ts'
import { transportChecksumState, udpLength } from '../checksum/transport.ts'
import type { Carrier } from '../ip-layer.ts'

/** A UDP datagram. Getters read the packet's bytes on each call. */
export class Udp {
  /** The IP packet it is in. */
  readonly ip: Carrier
  /** Where the datagram ends: by its own length, or where the bytes do when fewer are there. */
  readonly end: number
  /** @internal */
  readonly memory: Uint8Array
  /** @internal Where in `memory` it starts. */
  readonly at: number

  /** Made by `ip.udp`, which has checked that the header fits. */
  constructor(ip: Carrier, end: number) {
    this.ip = ip
    this.end = end
    this.memory = ip.memory
    this.at = ip.origin + ip.payloadStart
  }

  get bytes(): Uint8Array {
    return this.ip.bytes
  }

  get start(): number {
    return this.ip.payloadStart
  }

  get sourcePort(): number {
    return be16(this.memory, this.at)
  }

  get destinationPort(): number {
    return be16(this.memory, this.at + 2)
  }

  /** Of header and payload, as the header says; 0 in a jumbogram too long for the field. */
  get length(): number {
    return be16(this.memory, this.at + 4)
  }

  get checksum(): number {
    return be16(this.memory, this.at + 6)
  }

  /** `absent` when an IPv4 sender did not compute one. Reads all of the datagram. */
  get checksumState(): ChecksumState {
    return transportChecksumState(this.ip)
  }

  /** A view: no bytes are copied. */
  get payload(): Uint8Array {
    return view(this.memory, this.at + 8, this.ip.origin + this.end)
  }

  /** `4000 > 53, 33 bytes`. */
  toString(): string {
    return `${this.sourcePort} > ${this.destinationPort}, ${this.payload.length} bytes`
  }

  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
}

/** The datagram in a packet, or `undefined` when it holds none or the length does not fit in. */
export function udpIn(ip: Carrier): Udp | undefined {
  const { payloadStart: start, end } = ip
  if (ip.protocol !== ipProtocol.udp || start + 8 > end || ip.isLaterFragment) return undefined
  const own = start + udpLength(ip)
  if (own <= end && own >= start + 8) return new Udp(ip, own)
  // Longer than what was copied, or than this fragment.
  return ip.truncated || ip.isFragment ? new Udp(ip, end) : undefined
}
