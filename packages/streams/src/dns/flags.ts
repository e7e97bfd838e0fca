/** Bits of a header (RFC 1035, 4.1.1, and RFC 4035, 3). */
export interface DnsFlags {
  /** The server is responsible for the name. */
  readonly authoritative: boolean
  /** More was to be said: the client asks again over TCP. */
  readonly truncated: boolean
  /** The client wants the server to ask others. */
  readonly recursionDesired: boolean
  /** The server asks others. */
  readonly recursionAvailable: boolean
  /** The server has checked signatures. */
  readonly authenticData: boolean
  /** The client checks signatures. */
  readonly checkingDisabled: boolean
}

/** The flags in the second 16 bits of a header. */
export const flagsOf = (bits: number): DnsFlags => ({
  authoritative: (bits & 0x0400) !== 0,
  truncated: (bits & 0x0200) !== 0,
  recursionDesired: (bits & 0x0100) !== 0,
  recursionAvailable: (bits & 0x0080) !== 0,
  authenticData: (bits & 0x0020) !== 0,
  checkingDisabled: (bits & 0x0010) !== 0,
})
