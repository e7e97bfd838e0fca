/** One datagram as recvmsg(2) returns it. */
export interface Received {
  readonly bytes: Uint8Array
  /** MSG_TRUNC: the buffer was smaller. */
  readonly truncated: boolean
  /** Port id of the sender. */
  readonly from: number
  /** The group's bit, or 0. */
  readonly groups: number
}

/** A netlink socket as system calls see it. What can fail resolves to `0` or the error's name. */
export interface PlainSocket {
  /** Port id 0 lets the kernel choose; bit g − 1 of `groups` is group g. */
  bind(portId: number, groups: number): Promise<string>
  /** As getsockname(2) tells it: 0 when it is unbound. */
  portId(): Promise<number>
  join(group: number): Promise<string>
  /** To the kernel, or to another socket's port id. */
  send(datagram: Uint8Array, to?: number): Promise<string>
  /** The next datagram, in a buffer of `size` bytes; or the error's name, `EAGAIN` when nothing waits. */
  receive(size?: number): Promise<Received | string>
  /** Whether poll(2) says POLLIN and POLLERR. */
  poll(): Promise<{ readonly readable: boolean; readonly error: boolean }>
  /** Ask for a receive buffer with SO_RCVBUF; resolves to the size it is said to have then. */
  shrink(bytes: number): Promise<number>
  /** Another descriptor of the same socket. */
  duplicate(): Promise<PlainSocket>
  close(): Promise<void>
}
