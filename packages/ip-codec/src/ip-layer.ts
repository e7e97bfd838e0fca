/**
 * What the layers inside need to know of the IP packet they are in. `Ipv4` and `Ipv6` are the two there are; offsets count in
 * `bytes`, which is the whole memory the packet lies in, as far as the caller has told.
 */
export interface Carrier {
  /** 4 or 6. */
  readonly version: 4 | 6
  /** The memory the packet lies in. */
  readonly bytes: Uint8Array
  /** @internal What `bytes` are a part of: reading there does not make them. */
  readonly memory: Uint8Array
  /** @internal Where in `memory` the offsets count from. */
  readonly origin: number
  /** Where the IP header starts. */
  readonly start: number
  /** Where the packet ends: by its own length, or where the bytes do when fewer are there. */
  readonly end: number
  /** Where the upper layer starts: after the IPv4 options, or the IPv6 extension headers. */
  readonly payloadStart: number
  /** Whether bytes of the packet are missing here. */
  readonly truncated: boolean
  /** Number of the protocol at `payloadStart`. */
  readonly protocol: number
  /** Whether the packet is a part of a larger one. */
  readonly isFragment: boolean
  /** Whether the packet is a part without the transport header. */
  readonly isLaterFragment: boolean
  /** @internal Where the source address is that the transport's checksum covers; -1 when an unknown kind of routing hides it. */
  readonly pseudoSourceAt: number
  /** @internal The same of the destination address. */
  readonly pseudoDestinationAt: number
}
