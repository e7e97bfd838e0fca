/** A socket as the kernel sees it: who asks, and where answers and events go. */
export interface Endpoint {
  /** The port id it is addressed by. */
  readonly portId: number
  /** The process it belongs to. */
  readonly processId: number
  /** Whether it has CAP_NET_ADMIN. */
  readonly privileged: boolean
  /** Its socket options. */
  readonly broadcastError: boolean
  /** Whether refusals carry text and place (NETLINK_EXT_ACK). */
  readonly extendedAck: boolean
  /** Whether refusals leave out the request (NETLINK_CAP_ACK). */
  readonly capAck: boolean
  /** Whether it is in a multicast group. */
  joined(group: number): boolean
  /** Give it a datagram of a port, the kernel's by default. Says whether the receive buffer took it; what a filter swallows counts as taken. */
  deliver(bytes: Uint8Array, group: number, from?: number): boolean
  /** Begin a dump; `EBUSY` while another is unfinished. `doneFlags` are those of its end besides MULTI. */
  startDump(messages: Iterator<Uint8Array>, sequence: number, doneFlags: number): number
}
