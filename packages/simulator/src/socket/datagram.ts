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

/** What one read returns. */
export interface Reception {
  /** The datagram, as far as it fits. */
  readonly bytes: Uint8Array
  /** Whether the buffer was smaller than the datagram, whose rest is gone (MSG_TRUNC). */
  readonly truncated: boolean
  /** Port id of the sender: 0 is the kernel. */
  readonly from: number
  /** The group's bit; 0 for unicast. */
  readonly groups: number
}

/** What a read into a buffer of `size` bytes returns. */
export const receptionOf = ({ bytes, from, group }: Datagram, size: number): Reception => ({
  bytes: bytes.slice(0, size),
  truncated: bytes.length > size,
  from,
  groups: group === 0 ? 0 : (1 << (group - 1)) >>> 0,
})
