/** What a log has done so far. */
export interface LogStats {
  /** Packets read. */
  readonly packets: number
  /** Packets that the kernel logged and that did not get here, as far as the gaps in their numbers tell. */
  readonly lost: number
  /** Datagrams that found the socket's buffer full. */
  readonly socketDropped: number
}
