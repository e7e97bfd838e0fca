/** What a rule asks of the log. */
export interface LogAction {
  /** Number of the group. */
  readonly group: number
  /** What the packet's message says; at most 127 bytes. */
  readonly prefix?: string | undefined
  /** Bytes of the packet to copy at most; as many as the group's reader asks for by default. */
  readonly length?: number | undefined
  /** Packets a datagram may hold at most, where the reader asks for more. */
  readonly threshold?: number | undefined
}
