import { putBe16, view } from '@nfkit/inet/bytes'
import { replaceNumber, sumWords, updateChecksum } from '../checksum/internet.ts'
import { storeTransportChecksum } from '../checksum/transport.ts'
import { type IpPacket, parseIp } from '../ip/ip.ts'
import { applyChanges } from './apply.ts'
import type { FieldChanges, PacketChanges } from './changes.ts'
import { checkRewrite, maxRewritten } from './check.ts'
import { carryChecksums, carryCrc, fillChecksums } from './checksums.ts'
import { RewriteError } from './error.ts'
import { refuseChanges, refusePacket } from './refuse.ts'

/**
 * The packet with changes made, in bytes of its own, its lengths and checksums right; the original stays as it is. What a current kernel
 * would refuse to take back is never made. Throws `RewriteError`.
 *
 * Checksums are carried forward over changed fields (RFC 1624) and computed anew over a changed payload. Protocols other than TCP,
 * UDP, ICMP, ICMPv6, SCTP, DCCP and UDP-Lite are not looked into.
 *
 * The new packet is put into `memory` when it fits in, and is a view of that: memory apart from the packet and the payload, which a hot
 * path may use again for every packet.
 *
 * @example
 * import { parseIp, rewrite } from '@nfkit/ip-codec'
 * import { udp } from '@nfkit/ip-codec/build'
 *
 * const moved = rewrite(udp('10.0.0.1:5000 > 10.0.0.2:53'), { destination: '10.0.0.3', destinationPort: 5353 })
 * console.log(`${parseIp(moved)}`) // 10.0.0.1:5000 > 10.0.0.3:5353 udp, 28 bytes
 */
export function rewrite(packet: IpPacket | Uint8Array, changes: PacketChanges, memory?: Uint8Array): Uint8Array {
  const ip = packet instanceof Uint8Array ? parseIp(packet) : packet
  if (ip === undefined) throw new RewriteError('notIp')
  refusePacket(ip)
  refuseChanges(ip, changes)
  const out = changes.payload === undefined ? sameLength(ip, memory) : withPayload(ip, changes.payload, memory)
  const quoted = changes.embedded === undefined ? 0 : changeEmbedded(out, changes.embedded)
  const deltas = applyChanges(out, changes)
  if (changes.payload === undefined) {
    deltas.transport += quoted
    carryChecksums(out, deltas)
    if (out.sctp && (changes.sourcePort ?? changes.destinationPort) !== undefined) carryCrc(out, ip)
  } else {
    carryChecksums(out, { header: deltas.header, pseudo: 0, transport: 0 })
    if (out.udp?.checksum !== 0 || out.version === 6) storeTransportChecksum(out)
  }
  if (changes.recompute) fillChecksums(out)
  const unwanted = checkRewrite(ip, out)
  if (unwanted !== undefined) throw new RewriteError(unwanted)
  return out.bytes.length === out.end ? out.bytes : view(out.bytes, 0, out.end)
}

function sameLength({ bytes, start, end }: IpPacket, memory: Uint8Array | undefined): IpPacket {
  const size = end - start
  if (size > maxRewritten) throw new RewriteError('tooLong')
  const out = room(size, memory)
  out.set(view(bytes, start, end))
  return parseIp(out, 0, size)!
}

/** The packet with another payload behind its transport header and lengths to match; the transport's checksum is still the old one. */
function withPayload(ip: IpPacket, payload: Uint8Array, memory: Uint8Array | undefined): IpPacket {
  const { bytes, start, payloadStart } = ip
  const headerEnd = payloadStart + (ip.tcp?.headerLength ?? (ip.sctp ? 12 : 8))
  const size = headerEnd - start + payload.length
  if (size > maxRewritten) throw new RewriteError('tooLong', 'payload')
  const out = room(size, memory)
  out.set(view(bytes, start, headerEnd))
  out.set(payload, headerEnd - start)
  if (ip.version === 6) putBe16(out, 4, size - 40)
  else putBe16(out, 10, updateChecksum(ip.checksum, replaceNumber(out, 2, 2, size, 0)))
  if (ip.udp) putBe16(out, payloadStart - start + 4, size - (payloadStart - start))
  return parseIp(out, 0, size)!
}

function room(size: number, memory: Uint8Array | undefined): Uint8Array {
  return memory !== undefined && memory.length >= size ? memory : new Uint8Array(size)
}

/** Change the packet an ICMP error quotes, in place; returns the change in the sum of the message's words. */
function changeEmbedded(ip: IpPacket, changes: FieldChanges): number {
  const inner = (ip.icmp ?? ip.icmpv6)!.embedded!
  const before = sumWords(ip.bytes, inner.start, ip.end)
  carryChecksums(inner, applyChanges(inner, changes))
  return sumWords(ip.bytes, inner.start, ip.end) - before
}
