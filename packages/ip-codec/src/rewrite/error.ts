/** Why a packet is not rewritten, or why a kernel would not take it, each with what to do. */
export const rewriteReasons = {
  notIp: 'this is no IPv4 or IPv6 packet',
  truncated: 'bytes of the packet are missing: raise the copy range to have all of it',
  oversized: 'a packet longer than 65535 bytes cannot be written back: let the kernel segment it (no GSO flag)',
  fragment: 'a fragment holds only a part of the transport data: queue after defragmentation to rewrite that',
  tooLong: 'the new packet would be longer than 65531 bytes, the most one netlink attribute carries',
  tooShort: 'the new packet ends before its transport header starts',
  authenticated: 'an authentication header covers what would change',
  routing: 'a routing header of unknown kind hides which address the checksum covers',
  chain: 'the upper layer is out of sight: extension headers are cut off, or too many',
  transport: 'the packet has no such transport header',
  option: 'the packet does not have the option that would change',
  embedded: 'the packet quotes no other packet that could be changed',
  family: 'an address of the other IP version cannot be put in',
  ipv4Only: 'IPv6 has no such field',
  conflict: 'the payload of an ICMP error and the packet quoted in it cannot both change',
  value: 'a value does not fit into its field',
  version: 'the IP version must stay',
  headerLength: 'the length of the IPv4 header must stay',
  options: 'the IPv4 options must stay',
  length: 'the length field does not say how many bytes there are',
  fragmentField: 'the fragment fields must stay, all but "don\'t fragment"',
  protocol: 'the protocol inside of IPv6 must stay',
  extensionHeaders: 'the chain of IPv6 extension headers must stay',
} as const

/** Why a rewrite was refused: a key of `rewriteReasons`. */
export type RewriteReason = keyof typeof rewriteReasons

/** A change that cannot be made, or not safely. Nothing was changed. */
export class RewriteError extends Error {
  static {
    this.prototype.name = 'RewriteError'
  }
  readonly reason: RewriteReason
  /** The change that was asked for, by its name in `PacketChanges`, when it is to blame. */
  readonly field: string | undefined

  constructor(reason: RewriteReason, field?: string) {
    super(`${field === undefined ? '' : `${field}: `}${rewriteReasons[reason]}`)
    this.reason = reason
    this.field = field
  }
}
