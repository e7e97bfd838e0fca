/** The sysctls net.netfilter.nf_conntrack_*, with the kernel's defaults. They may be changed at any time. */
export interface Settings {
  /** Count packets and bytes, of connections made from now on. */
  acct: boolean
  /** Keep start and end times, of connections made from now on. */
  timestamp: boolean
  /** Events: never (0), always (1), or of connections made while a socket listens (2). */
  events: 0 | 1 | 2
  /** Verify the checksums of what arrives; what has a wrong one is invalid. */
  checksum: boolean
  /** Pick up TCP connections in the middle. */
  tcpLoose: boolean
  /** Let segments outside of the window pass. */
  tcpBeLiberal: boolean
  /** Let a RST pass whose sequence number is behind what was acknowledged. */
  tcpIgnoreInvalidRst: boolean
  /** Retransmissions after which a connection's timeout becomes short (nf_conntrack_tcp_max_retrans). */
  tcpMaxRetransmissions: number
  /** The most entries there may be. */
  max: number
  /** The most expectations. */
  expectMax: number
  /** Processors, which statistics are kept by. */
  processors: number
  /** Whether connections get room for labels even while no rule is about them: something else in the kernel refers to them. */
  labels: boolean
}

export const defaultSettings = (): Settings => ({
  acct: false,
  timestamp: false,
  events: 2,
  checksum: true,
  tcpLoose: true,
  tcpBeLiberal: false,
  tcpIgnoreInvalidRst: false,
  tcpMaxRetransmissions: 3,
  max: 262_144,
  expectMax: 1024,
  processors: 2,
  labels: false,
})
