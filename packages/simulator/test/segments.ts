import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { internetChecksum } from '@nfkit/ip-codec'
import { tuple } from './tracking.ts'

/** An IPv4 packet with a layer-4 part, for `10.0.0.1:1 > 10.0.0.2:2`. Checksums that hardware fills in are left out. */
function ipv4(text: string, protocol: number, layer4: Uint8Array): Uint8Array {
  const { ip } = tuple(text)
  const bytes = new Uint8Array(20 + layer4.length)
  bytes[0] = 0x45
  putBe16(bytes, 2, bytes.length)
  bytes[8] = 64
  bytes[9] = protocol
  bytes.set(ip!.v4Src!, 12)
  bytes.set(ip!.v4Dst!, 16)
  bytes.set(layer4, 20)
  return bytes
}

const bits = { fin: 1, syn: 2, rst: 4, ack: 16 }

export interface SegmentFields {
  readonly sequence?: number
  readonly acknowledged?: number
  readonly length?: number
  readonly window?: number
}

/** A TCP segment: `tcp(A, 'syn')`, `tcp(mirrored(A), 'syn ack')`. */
export function tcp(
  text: string,
  flags: string,
  { sequence = 1, acknowledged = 1, length = 0, window = 1000 }: SegmentFields = {},
): Uint8Array {
  const { srcPort, dstPort } = tuple(text).proto!
  const segment = new Uint8Array(20 + length)
  putBe16(segment, 0, srcPort!)
  putBe16(segment, 2, dstPort!)
  putBe32(segment, 4, sequence)
  putBe32(segment, 8, acknowledged)
  segment[12] = 0x50
  segment[13] = flags.split(' ').reduce((sum, name) => sum | bits[name as keyof typeof bits], 0)
  putBe16(segment, 14, window)
  return ipv4(text, 6, segment)
}

export function udpPacket(text: string): Uint8Array {
  const { srcPort, dstPort } = tuple(text).proto!
  const datagram = new Uint8Array(8)
  putBe16(datagram, 0, srcPort!)
  putBe16(datagram, 2, dstPort!)
  putBe16(datagram, 4, 8)
  return ipv4(text, 17, datagram)
}

/** An ICMP message with an identifier: 8 asks, 0 answers. */
export function icmp(text: string, type: number, content: Uint8Array = new Uint8Array()): Uint8Array {
  const message = new Uint8Array(8 + content.length)
  message[0] = type
  putBe16(message, 4, 7)
  message.set(content, 8)
  putBe16(message, 2, internetChecksum(message))
  return ipv4(text, 1, message)
}
