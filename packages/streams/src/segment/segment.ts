import { be16, be32 } from '@nfkit/inet/bytes'
import { type IpPacket, type Tcp, tcpFlag } from '@nfkit/ip-codec'
import { numberAt } from './sequence.ts'

/** The timestamps option behind two of padding, as Linux and most others lay it out (RFC 7323, appendix A). */
export const usualTimestamps = 0x0101_080a

/** Kinds of options that sign a segment: MD5 (RFC 2385) and TCP-AO (RFC 5925). */
const signatures: readonly number[] = [19, 29]

/** A TCP segment as a receiver looks at it: numbers of 32 bits read once, and signed; data as a view of the packet. */
export class Segment {
  readonly ip: IpPacket
  readonly tcp: Tcp
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: number
  readonly dataStart: number

  constructor(ip: IpPacket, tcp: Tcp) {
    const { bytes, start } = tcp
    this.ip = ip
    this.tcp = tcp
    this.sequence = numberAt(bytes, start + 4)
    this.acknowledgment = numberAt(bytes, start + 8)
    this.flags = bytes[start + 13]!
    this.dataStart = start + (bytes[start + 12]! >> 4) * 4
  }

  /** Bytes of data. */
  get size(): number {
    return this.tcp.end - this.dataStart
  }

  /** A view: no bytes are copied. */
  get data(): Uint8Array {
    // Each packet has bytes of its own, so that the view `inet` keeps of the latest ones is of no use here.
    return this.tcp.bytes.subarray(this.dataStart, this.tcp.end)
  }

  /** As the header says, before scaling. */
  get window(): number {
    return be16(this.tcp.bytes, this.tcp.start + 14)
  }

  get syn(): boolean {
    return (this.flags & tcpFlag.syn) !== 0
  }

  get ack(): boolean {
    return (this.flags & tcpFlag.ack) !== 0
  }

  get rst(): boolean {
    return (this.flags & tcpFlag.rst) !== 0
  }

  get fin(): boolean {
    return (this.flags & tcpFlag.fin) !== 0
  }

  get urg(): boolean {
    return (this.flags & tcpFlag.urg) !== 0
  }

  /** Its sender's clock, where it tells. */
  get timestamp(): number | undefined {
    const { bytes, start } = this.tcp
    const options = this.dataStart - start - 20
    if (options === 0) return undefined
    if (options === 12 && be32(bytes, start + 20) === usualTimestamps) return numberAt(bytes, start + 24)
    return this.tcp.option('timestamps')?.value
  }

  /** Whether an option signs it. */
  get signed(): boolean {
    const { bytes, start } = this.tcp
    const options = this.dataStart - start - 20
    if (options === 0 || (options === 12 && be32(bytes, start + 20) === usualTimestamps)) return false
    return this.tcp.options.some((option) => option.kind === 'unknown' && signatures.includes(option.type))
  }
}

/** The segment in a whole packet; `undefined` where it is none that a host would read. */
export function segmentIn(ip: IpPacket): Segment | undefined {
  const { tcp } = ip
  return tcp && new Segment(ip, tcp)
}
