/** One datagram on its way to a socket. */
export interface Datagram {
  /** One or more messages. */
  readonly bytes: Uint8Array
  /** Port id of the sender: 0 is the kernel. */
  readonly from: number
  /** The multicast group it was sent to; 0 for unicast. */
  readonly group: number
  /** What it is charged for in the receive buffer. */
  readonly truesize: number
}
