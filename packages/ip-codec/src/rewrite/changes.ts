import type { TcpFlags } from '../transport/tcp-flags.ts'

/** What to change in a TCP header. */
export interface TcpChanges {
  /** Sequence number, 32 bits. */
  readonly sequence?: number | undefined
  /** Acknowledgment number, 32 bits. */
  readonly acknowledgment?: number | undefined
  /** Those not named keep what they are. */
  readonly flags?: TcpFlags | undefined
  /** Window as it stands in the header, before scaling. */
  readonly window?: number | undefined
  /** The segment size a SYN announces; the option must be there (reason `option`). */
  readonly mss?: number | undefined
}

/** What to change in an ICMP or ICMPv6 echo request or reply. */
export interface IcmpChanges {
  /** Identifier of an echo, 16 bits. */
  readonly identifier?: number | undefined
  /** Sequence number of an echo, 16 bits. */
  readonly sequence?: number | undefined
}

/** Header fields to change: those not named keep what they are. */
export interface FieldChanges {
  /** Text or bytes, of the packet's own IP version. */
  readonly source?: string | Uint8Array | undefined
  /** Text or bytes, of the packet's own IP version. */
  readonly destination?: string | Uint8Array | undefined
  /** Of TCP, UDP or SCTP. */
  readonly sourcePort?: number | undefined
  /** Of TCP, UDP and SCTP. */
  readonly destinationPort?: number | undefined
  /** The hop limit, in IPv6. */
  readonly ttl?: number | undefined
  /** Six bits. */
  readonly dscp?: number | undefined
  /** Two bits. */
  readonly ecn?: number | undefined
  /** IPv4 only. */
  readonly dontFragment?: boolean | undefined
  /** Fields of the TCP header. */
  readonly tcp?: TcpChanges | undefined
  /** Fields of the ICMP or ICMPv6 header. */
  readonly icmp?: IcmpChanges | undefined
}

/** What `rewrite` changes. */
export interface PacketChanges extends FieldChanges {
  /**
   * What follows the header of TCP, UDP, ICMP, ICMPv6 or SCTP (there the chunks), of any length. That a stream's later sequence
   * numbers have to move along is the caller's business, or conntrack's.
   */
  readonly payload?: Uint8Array | undefined
  /** Changes to the packet an ICMP error quotes, as address translation makes them. */
  readonly embedded?: FieldChanges | undefined
  /**
   * Compute checksums from all they cover instead of carrying the old ones forward. Needed when the kernel left them unfinished
   * (`NFQA_SKB_CSUMNOTREADY`). A wrong checksum becomes right by it; without it a wrong one stays wrong unless `payload` changes.
   */
  readonly recompute?: boolean | undefined
}
