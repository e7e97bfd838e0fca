import { ipProtocol } from '@nfkit/inet'
import { be16, putBe16 } from '@nfkit/inet/bytes'
import type { Carrier } from '../ip-layer.ts'
import { sctpChecksum } from './crc32c.ts'
import { type ChecksumState, checksumOf, fold, sumWords } from './internet.ts'
import { le32, putLe32 } from './little-endian.ts'

/** Where in its transport header a protocol's internet checksum is; -1 when it has none or is not known here. */
export function checksumOffset(ip: Carrier): number {
  switch (ip.protocol) {
    case ipProtocol.tcp:
      return 16
    case ipProtocol.udp:
    case ipProtocol.udplite:
    case ipProtocol.dccp:
      return 6
    case ipProtocol.icmp:
      return ip.version === 4 ? 2 : -1
    case ipProtocol.icmpv6:
      return ip.version === 6 ? 2 : -1
    default:
      return -1
  }
}

/** Whether the checksum also covers the addresses, as all do but ICMP's for IPv4 and SCTP's. */
export function coversAddresses(ip: Carrier): boolean {
  return ip.protocol !== ipProtocol.icmp && checksumOffset(ip) >= 0
}

/** Whether 0 in the field means that there is no checksum (RFC 768). IPv6 does not allow that (RFC 8200, 8.1). */
export function mayLackChecksum(ip: Carrier): boolean {
  return ip.version === 4 && ip.protocol === ipProtocol.udp
}

/** What the field must never hold although the arithmetic gives it. */
export function spelled(checksum: number, protocol: number): number {
  return checksum === 0 && (protocol === ipProtocol.udp || protocol === ipProtocol.udplite) ? 0xffff : checksum
}

/** Bytes of a UDP datagram: by its own field, which is 0 in a jumbogram that is too long for it (RFC 2675, 4). */
export function udpLength(ip: Carrier): number {
  const { memory, origin, payloadStart, end, truncated } = ip
  const length = be16(memory, origin + payloadStart + 4)
  return length === 0 && !truncated && end - payloadStart > 0xffff ? end - payloadStart : length
}

/** Sum of pseudo header, transport header and data, the checksum field included; `undefined` when not all of it is known. */
function transportSum(ip: Carrier): number | undefined {
  const { bytes, payloadStart, protocol } = ip
  let end = ip.end
  if (ip.isFragment || payloadStart + checksumOffset(ip) + 2 > end) return undefined
  if (protocol === ipProtocol.udplite || protocol === ipProtocol.dccp) return undefined // they may cover a part only
  if (protocol === ipProtocol.udp) {
    const length = udpLength(ip)
    if (length < 8 || payloadStart + length > end) return undefined
    end = payloadStart + length
  } else if (ip.truncated) return undefined
  const own = sumWords(bytes, payloadStart, end)
  if (!coversAddresses(ip)) return own
  const { pseudoSourceAt: source, pseudoDestinationAt: destination } = ip
  if (source < 0 || destination < 0) return undefined
  const size = ip.version === 4 ? 4 : 16
  const addresses = sumWords(bytes, source, source + size) + sumWords(bytes, destination, destination + size)
  return own + addresses + protocol + (end - payloadStart)
}

/** What the transport's checksum is worth. Reads all of the packet. */
export function transportChecksumState(ip: Carrier): ChecksumState {
  const { bytes, payloadStart, end } = ip
  if (ip.isLaterFragment) return 'unknown'
  if (ip.protocol === ipProtocol.sctp) {
    if (ip.truncated || ip.isFragment || payloadStart + 12 > end) return 'unknown'
    return le32(bytes, payloadStart + 8) === sctpChecksum(bytes, payloadStart, end) ? 'valid' : 'invalid'
  }
  const at = payloadStart + checksumOffset(ip)
  if (at < payloadStart || at + 2 > end) return 'unknown'
  if (be16(bytes, at) === 0 && ip.protocol === ipProtocol.udp) return mayLackChecksum(ip) ? 'absent' : 'invalid'
  const sum = transportSum(ip)
  if (sum === undefined) return 'unknown'
  return fold(sum) === 0xffff ? 'valid' : 'invalid'
}

/** Compute the transport's checksum from all it covers and store it; `false`, and nothing is stored, when that cannot be done. */
export function storeTransportChecksum(ip: Carrier): boolean {
  const { bytes, payloadStart, end } = ip
  if (ip.protocol === ipProtocol.sctp) {
    if (ip.truncated || ip.isFragment || payloadStart + 12 > end) return false
    putLe32(bytes, payloadStart + 8, sctpChecksum(bytes, payloadStart, end))
    return true
  }
  const at = payloadStart + checksumOffset(ip)
  const sum = at < payloadStart ? undefined : transportSum(ip)
  if (sum === undefined) return false
  putBe16(bytes, at, spelled(checksumOf(sum - be16(bytes, at)), ip.protocol))
  return true
}
