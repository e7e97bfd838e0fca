import { ipProtocol } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'

/** Extension headers read in one packet, many more than any sender has a use for. */
const maxExtensions = 64

/** Why the upper layer of an IPv6 packet cannot be found. */
export type ChainProblem = 'truncated' | 'tooManyExtensions'

/** Where the extension headers of a packet lead. */
export interface Chain {
  /** Protocol number of what follows the headers, or of the header that could not be stepped over. */
  readonly protocol: number
  readonly payloadStart: number
  /** Offset of the fragment header; -1 when there is none. */
  readonly fragmentAt: number
  readonly problem: ChainProblem | undefined
}

/** The headers Linux steps over to find the upper layer (`ipv6_ext_hdr`, net/ipv6/exthdrs_core.c), but for "none", the end. */
export function isExtension(protocol: number): boolean {
  return (
    protocol === ipProtocol.hopByHop ||
    protocol === ipProtocol.routing ||
    protocol === ipProtocol.fragment ||
    protocol === ipProtocol.ah ||
    protocol === ipProtocol.destinationOptions
  )
}

/** In bytes. At least 8, so that every walk ends. */
export function extensionSize(type: number, bytes: Uint8Array, at: number): number {
  if (type === ipProtocol.fragment) return 8
  return type === ipProtocol.ah ? (bytes[at + 1]! + 2) * 4 : (bytes[at + 1]! + 1) * 8
}

/** Follow the headers from `at` on, the first of which is `first`. */
export function walkChain(bytes: Uint8Array, first: number, at: number, end: number): Chain {
  let protocol = first
  let p = at
  let fragmentAt = -1
  for (let count = 0; isExtension(protocol); count++) {
    if (count === maxExtensions) return { protocol, payloadStart: p, fragmentAt, problem: 'tooManyExtensions' }
    const size = p + 8 <= end ? extensionSize(protocol, bytes, p) : 8
    if (p + size > end) return { protocol, payloadStart: p, fragmentAt, problem: 'truncated' }
    const isFragment = protocol === ipProtocol.fragment
    if (isFragment) fragmentAt = p
    protocol = bytes[p]!
    p += size
    // What follows in a later fragment is the middle of something.
    if (isFragment && (be16(bytes, fragmentAt + 2) & 0xfff8) !== 0) break
  }
  return { protocol, payloadStart: p, fragmentAt, problem: undefined }
}

/** One header of a chain that `walkChain` has followed. */
export interface Link {
  readonly type: number
  readonly at: number
  readonly size: number
}

/** The headers between `at` and `payloadStart`. */
export function linksOf(bytes: Uint8Array, first: number, at: number, payloadStart: number): Link[] {
  const out: Link[] = []
  let type = first
  for (let p = at; p < payloadStart; ) {
    const size = extensionSize(type, bytes, p)
    out.push({ type, at: p, size })
    type = bytes[p]!
    p += size
  }
  return out
}
