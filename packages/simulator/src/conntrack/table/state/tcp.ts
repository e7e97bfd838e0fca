/** What one direction of a TCP connection has shown (struct ip_ct_tcp_state). Sequence numbers are those after the last byte. */
export interface TcpSide {
  /** Bits of `tcpFlags`. */
  flags: number
  scale: number
  /** The highest it sent. */
  end: number
  /** The highest it may send: what the peer acknowledged, and its window. */
  maxEnd: number
  /** The largest window it offered, in bytes; 0 while nothing is known of it. */
  maxWindow: number
  /** The highest it acknowledged, once `maxackSet` is among its flags. */
  maxAck: number
}

/** Kinds of segments, as the state machine tells them apart; `none` is no segment at all. */
export type SegmentKind = 'syn' | 'synack' | 'fin' | 'ack' | 'rst' | 'none'

/** The segment before (`last_*` of struct ip_ct_tcp): not all of it is kept of every segment. */
export interface LastSegment {
  kind: SegmentKind
  reply: boolean
  sequence: number
  acknowledged: number
  end: number
  window: number
  /** Window scale and `tcpFlags` of a SYN that was ignored. */
  scale: number
  flags: number
}

/** State of a TCP connection (struct ip_ct_tcp). */
export interface TcpTrack {
  /** A value of `tcpState`. */
  state: number
  readonly sides: readonly [TcpSide, TcpSide]
  readonly last: LastSegment
  retransmissions: number
  /** Both sides sent a SYN. */
  simultaneous: boolean
  /** A SYN was ignored in LAST_ACK: its answer may be a challenge (RFC 5961). */
  challenged: boolean
}

export const newSide = (): TcpSide => ({ flags: 0, scale: 0, end: 0, maxEnd: 0, maxWindow: 0, maxAck: 0 })

/** All of it zero, which as the kind of a segment means SYN: so are connections that no packet made. */
export const newTrack = (kind: SegmentKind = 'syn'): TcpTrack => ({
  state: 0,
  sides: [newSide(), newSide()],
  last: { kind, reply: false, sequence: 0, acknowledged: 0, end: 0, window: 0, scale: 0, flags: 0 },
  retransmissions: 0,
  simultaneous: false,
  challenged: false,
})
