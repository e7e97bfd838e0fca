import { be16 } from '@nfkit/inet/bytes'
import { extensionSize, isExtension } from '../ip/extension-chain.ts'
import { type IpPacket, parseIp } from '../ip/ip.ts'
import type { Ipv4 } from '../ip/ipv4.ts'
import type { Ipv6 } from '../ip/ipv6.ts'
import type { RewriteReason } from './error.ts'

/** The longest packet a verdict can carry: the rest of the 16-bit length of a netlink attribute. */
export const maxRewritten = 65_531

/** Linux steps over no more extension headers than this (`IP6_MAX_EXT_HDRS_CNT`, include/net/ipv6.h). */
const kernelMaxExtensions = 12

/**
 * Why a kernel would not put `replacement` in the place of `original`; `undefined` when every one would. `rewriteReasons` has a
 * sentence for each. Kernels answer such a verdict with success all the same, and drop the packet.
 *
 * All of them want the transport header reached (`nfqnl_mangle`, net/netfilter/nfnetlink_queue.c); those of mid-2026 on also compare
 * the network headers (`nfqnl_validate_write`). Of `original` only those have to be there. Checksums are not looked at.
 *
 * @example
 * import { checkRewrite, parseIp } from '@nfkit/ip-codec'
 * import { udp } from '@nfkit/ip-codec/build'
 *
 * const packet = parseIp(udp('10.0.0.1:5000 > 10.0.0.2:53'))
 * if (packet) checkRewrite(packet, udp('10.0.0.1:5000 > 10.0.0.2:53', { ttl: 1 }))
 */
export function checkRewrite(
  original: IpPacket | Uint8Array,
  replacement: IpPacket | Uint8Array,
): RewriteReason | undefined {
  const before = original instanceof Uint8Array ? parseIp(original) : original
  const bytes =
    replacement instanceof Uint8Array ? replacement : replacement.bytes.subarray(replacement.start, replacement.end)
  if (before === undefined) return 'notIp'
  if (bytes.length > maxRewritten) return 'tooLong'
  if (bytes.length < before.payloadStart - before.start) return 'tooShort'
  if (bytes[0]! >> 4 !== before.version) return 'version'
  return before.version === 4 ? checkIpv4(before, bytes) : checkIpv6(before, bytes)
}

function checkIpv4(before: Ipv4, bytes: Uint8Array): RewriteReason | undefined {
  const { memory, at, headerLength } = before
  if ((bytes[0]! & 15) * 4 !== headerLength) return 'headerLength'
  if (be16(bytes, 2) !== bytes.length) return 'length'
  const fragmentField = be16(memory, at + 6)
  if (((be16(bytes, 6) ^ fragmentField) & ~0x4000) !== 0) return 'fragmentField'
  return same(memory, at + 20, bytes, 20, headerLength - 20) ? undefined : 'options'
}

function checkIpv6(before: Ipv6, bytes: Uint8Array): RewriteReason | undefined {
  const { nextHeader } = before
  if (before.oversized) return 'oversized'
  if (be16(bytes, 4) !== bytes.length - 40) return 'length'
  if (bytes[6] === nextHeader) return checkChain(before, bytes)
  return isExtension(nextHeader) || isExtension(bytes[6]!) ? 'extensionHeaders' : 'protocol'
}

/** Header by header, as the kernel compares them: also into a later fragment whose payload says it starts with one. */
function checkChain(before: Ipv6, bytes: Uint8Array): RewriteReason | undefined {
  const { memory: old, at: start, nextHeader } = before
  const end = before.origin + before.end
  let type = nextHeader
  let p = 40
  for (let count = 0; isExtension(type); count++) {
    if (count === kernelMaxExtensions || start + p + 2 > end) return 'chain'
    const size = extensionSize(type, old, start + p)
    if (start + p + size > end) return 'chain'
    if (p + size > bytes.length || !same(old, start + p, bytes, p, size)) return 'extensionHeaders'
    type = bytes[p]!
    p += size
  }
  return undefined
}

function same(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[atA + i] !== b[atB + i]) return false
  return true
}
