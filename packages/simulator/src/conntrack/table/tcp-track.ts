/** What one direction of a TCP connection has shown (struct ip_ct_tcp_state). */
export interface TcpSide {
  /** Bits of `tcpFlags`. */
  flags: number
  scale: number
  /** The highest sequence number sent, plus one. */
  end: number
  /** The first segment was seen. */
  seen: boolean
}

/** State of a TCP connection (struct ip_ct_tcp). */
export interface TcpTrack {
  /** A value of `tcpState`. */
  state: number
  readonly sides: readonly [TcpSide, TcpSide]
  lastKind: string
  lastReply: boolean
  lastSequence: number
  lastAcknowledged: number
  lastEnd: number
  lastWindow: number
  retransmissions: number
  simultaneous: boolean
}

const side = (): TcpSide => ({ flags: 0, scale: 0, end: 0, seen: false })

export const newTrack = (): TcpTrack => ({
  state: 0,
  sides: [side(), side()],
  lastKind: 'none',
  lastReply: false,
  lastSequence: 0,
  lastAcknowledged: 0,
  lastEnd: 0,
  lastWindow: 0,
  retransmissions: 0,
  simultaneous: false,
})
