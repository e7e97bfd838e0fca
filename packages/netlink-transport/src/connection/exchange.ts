import type { Message } from '@nfkit/netlink-codec'

/** One datagram to the kernel, and what its answers come to. */
export interface Exchange<T> {
  /** The message errors name when no answer came. */
  readonly request: Uint8Array
  /** Sequence numbers it takes, one behind the other. */
  readonly count: number
  /** The datagram, its messages numbered from `first` on. */
  datagram(first: number): Uint8Array
  /**
   * Take the answer to message `index` of the datagram, which is readable during the call only. Returns the outcome when it is complete, and
   * `undefined` before. What this throws is why the exchange failed.
   */
  answer(message: Message, index: number): T | undefined
}
