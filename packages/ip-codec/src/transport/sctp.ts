import { inspect, ipProtocol } from '@nfkit/inet'
import { be16, be32, view } from '@nfkit/inet/bytes'
import type { ChecksumState } from '../checksum/internet.ts'
import { le32 } from '../checksum/little-endian.ts'
import { transportChecksumState } from '../checksum/transport.ts'
import type { Carrier } from '../ip-layer.ts'

/** One chunk of an SCTP packet (RFC 9260, 3.2). */
export interface SctpChunk {
  /** 0 is DATA, 1 INIT, 2 INIT ACK, … */
  readonly type: number
  /** Eight bits whose meaning depends on the type. */
  readonly flags: number
  /** What follows the four bytes of chunk header, without padding. A view: no bytes are copied. */
  readonly value: Uint8Array
}

/** An SCTP packet. Getters read the packet's bytes on each call. */
export class Sctp {
  /** The IP packet it is in. */
  readonly ip: Carrier
  /** @internal */
  readonly memory: Uint8Array
  /** @internal Where in `memory` it starts. */
  readonly at: number

  /** Made by `ip.sctp`, which has checked that the header fits. */
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

  get verificationTag(): number {
    return be32(this.memory, this.at + 4)
  }

  /** A CRC32c, little-endian on the wire. */
  get checksum(): number {
    return le32(this.memory, this.at + 8)
  }

  /** Reads all of the packet. */
  get checksumState(): ChecksumState {
    return transportChecksumState(this.ip)
  }

  /** In order, up to the first that does not fit. */
  get chunks(): SctpChunk[] {
    const { bytes, end } = this
    const out: SctpChunk[] = []
    for (let p = this.start + 12; p + 4 <= end; ) {
      const length = be16(bytes, p + 2)
      if (length < 4 || p + length > end) break
      out.push({ type: bytes[p]!, flags: bytes[p + 1]!, value: view(bytes, p + 4, p + length) })
      p += (length + 3) & ~3
    }
    return out
  }

  /** All chunks as bytes. A view: no bytes are copied. */
  get payload(): Uint8Array {
    return view(this.memory, this.at + 12, this.ip.origin + this.end)
  }

  /** `4000 > 36412, 16 bytes`. */
  toString(): string {
    return `${this.sourcePort} > ${this.destinationPort}, ${this.payload.length} bytes`
  }

  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
}

/** The SCTP packet in an IP packet, or `undefined` when it holds none or the header is cut off. */
export function sctpIn(ip: Carrier): Sctp | undefined {
  const { payloadStart: start, end } = ip
  return ip.protocol !== ipProtocol.sctp || start + 12 > end || ip.isLaterFragment ? undefined : new Sctp(ip)
}
