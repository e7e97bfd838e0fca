import { ipProtocol } from '@nfkit/inet'
import { be32, view } from '@nfkit/inet/bytes'
import { extensionSize, walkChain } from './extension-chain.ts'
import { ipv6Options } from './extension-header.ts'

/** "Jumbo Payload" (RFC 2675): the length of all that follows the IPv6 header. */
const jumboPayload = 194

/**
 * Where an IPv6 packet ends whose length field is 0, and behind whose header, at `at`, more bytes follow: a jumbogram ends where its option
 * says, TCP for hardware to segment at a place that nothing says (`Infinity`), and anything else where its header does (ip6_rcv_core,
 * net/ipv6/ip6_input.c).
 */
export function endWithoutLength(bytes: Uint8Array, next: number, at: number, end: number): number {
  if (next === ipProtocol.hopByHop) {
    const headerEnd = at + 8 <= end ? at + extensionSize(next, bytes, at) : Infinity
    // The option may be in what was cut off.
    if (headerEnd > end) return Infinity
    const option = ipv6Options(view(bytes, at, headerEnd)).find(({ type }) => type === jumboPayload)
    if (option?.data.length === 4 && !option.malformed) return at + be32(option.data, 0)
  }
  const { protocol, problem } = walkChain(bytes, next, at, end)
  return protocol === ipProtocol.tcp && problem === undefined ? Infinity : at
}
