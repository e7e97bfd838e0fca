import type { Errno } from '@nfkit/netlink-codec'

/** What can go wrong between the kernel and a socket. `at` counts from now: 1 is the next datagram it is about. */
export type SocketFault =
  /** The next `times` reads (1 by default; `Infinity` until 0) fail. */
  | { readonly kind: 'read error'; readonly code: Errno; readonly times?: number }
  /** The next `times` sends (1 by default; `Infinity` until 0) fail, and the kernel hears nothing. */
  | { readonly kind: 'send error'; readonly code: Errno; readonly times?: number }
  /** This datagram finds no room in the receive buffer. */
  | { readonly kind: 'overrun'; readonly at?: number }
  /** This datagram is cut to `length` bytes. */
  | { readonly kind: 'truncated datagram'; readonly at?: number; readonly length: number }
  /** One byte of this datagram is another. */
  | { readonly kind: 'damaged datagram'; readonly at?: number; readonly offset: number; readonly byte: number }
  /** This acknowledgement, error, or end of a dump never comes. */
  | { readonly kind: 'lost answer'; readonly at?: number }
  /** This acknowledgement, error, or end of a dump comes so many turns of the event loop late. */
  | { readonly kind: 'delayed answer'; readonly at?: number; readonly turns: number }
  /** What is read in each of the next turns (1 by default) comes in another order. */
  | { readonly kind: 'reordered messages'; readonly turns?: number }
  /** The next dump says that the table changed meanwhile (NLM_F_DUMP_INTR). */
  | { readonly kind: 'interrupted dump' }
  /** The next dump ends after its first part, with this error. */
  | { readonly kind: 'failed dump'; readonly code: Errno }
  /** From now on so few datagrams are read in one turn; `Infinity` ends it. */
  | { readonly kind: 'slow consumer'; readonly datagrams: number }
  /** Another process sends this to the socket. */
  | { readonly kind: 'foreign sender'; readonly datagram: Uint8Array }

/** What can go wrong with everything at once. */
export type KernelFault =
  /** Another socket owns the queue from now on; packets that wait in it are gone. */
  | { readonly kind: 'queue stolen'; readonly queue: number }
  /** An interface goes down: packets that wait and came in on it or leave by it are dropped. */
  | { readonly kind: 'interface down'; readonly interface: string | number }
  /**
   * A module was unloaded: its queues are gone, and its messages are not known any more. It is nfnetlink_queue
   * unless said otherwise.
   */
  | { readonly kind: 'module gone'; readonly module?: 'nfnetlink_queue' | 'nf_conntrack_netlink' }
  /** The queue's next packet has this id. */
  | { readonly kind: 'next id'; readonly queue: number; readonly id: number }
  /** The next socket cannot be opened. */
  | { readonly kind: 'no socket'; readonly code: Errno }

/** What can go wrong on purpose: with one socket, or with the kernel. */
export type Fault = SocketFault | KernelFault
