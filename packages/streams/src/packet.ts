import type { IpPacket } from '@nfkit/ip-codec'

/**
 * A packet that waits for a verdict: one of a queue of `@nfkit/nfqueue`, or anything else of this shape. Its bytes must stay as they are
 * until its verdict.
 */
export interface StreamPacket {
  /** The packet, where it is one of IP. */
  readonly ip: IpPacket | undefined
  /** Whether its checksum is still to be computed: it is wrong then, and is not looked at. */
  readonly checksumNotReady?: boolean | undefined
  /** Whether nobody has looked at its checksum; taken for so where it is absent. */
  readonly checksumNotVerified?: boolean | undefined
  /** Whether it stands for several segments. */
  readonly isGso?: boolean | undefined
  /** Whether it cannot go on with another length. */
  readonly fixedLength?: boolean | undefined
  /** Let it go on, changed where `payload` says so: the whole packet. */
  accept(changes?: { readonly payload: Uint8Array }): void
  /** Free it. */
  drop(): void
}
