import { ipProtocol } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'

/** Why bytes cannot be read as an IP packet, each as a sentence. */
export const ipProblems = {
  version: 'the IP version is neither 4 nor 6',
  truncatedHeader: 'the IP header is cut off',
  headerLength: 'the IPv4 header claims to have fewer than 20 bytes',
  totalLength: 'the IPv4 packet claims to be shorter than its header',
} as const

/** Why bytes are no IP packet: a key of `ipProblems`. */
export type IpProblem = keyof typeof ipProblems

/** What keeps `bytes[start, end)` from being an IPv4 packet, if anything. */
export function ipv4Problem(bytes: Uint8Array, start: number, end: number): IpProblem | undefined {
  if (start >= end) return 'truncatedHeader'
  if (bytes[start]! >> 4 !== 4) return 'version'
  const headerLength = (bytes[start]! & 15) * 4
  if (headerLength < 20) return 'headerLength'
  if (start + headerLength > end) return 'truncatedHeader'
  const length = be16(bytes, start + 2)
  // Linux takes 0 for a length of its own only in TCP that hardware segments (iph_totlen, include/net/ip.h).
  const isSegmentedLater = length === 0 && bytes[start + 9] === ipProtocol.tcp
  return length < headerLength && !isSegmentedLater ? 'totalLength' : undefined
}

/** What keeps `bytes[start, end)` from being an IPv6 packet, if anything. */
export function ipv6Problem(bytes: Uint8Array, start: number, end: number): IpProblem | undefined {
  if (start >= end) return 'truncatedHeader'
  if (bytes[start]! >> 4 !== 6) return 'version'
  return start + 40 > end ? 'truncatedHeader' : undefined
}
