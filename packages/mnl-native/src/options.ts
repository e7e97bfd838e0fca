import type { BufferSizes } from '@nfkit/netlink-transport'

export interface MnlOptions {
  /** The port id to take; by default the kernel chooses. Siblings always get one of their own. */
  readonly portId?: number | undefined
  /** Buffer sizes to ask for at once, as `resize` does. What was granted is not checked; `resize({})` tells. */
  readonly buffers?: Partial<BufferSizes> | undefined
  /** A network namespace to open the socket in: `/run/netns/NAME`, `/proc/PID/ns/net`. Needs CAP_SYS_ADMIN there and here. */
  readonly netns?: string | undefined
  /** Datagrams one burst holds at most; 31 by default. */
  readonly slots?: number | undefined
  /** Bytes of the longest datagram; 67,648 by default, which holds any queued packet. A longer one is lost with `EMSGSIZE`. */
  readonly slotSize?: number | undefined
  /** Bursts one turn of the event loop receives at most; 4 by default. */
  readonly bursts?: number | undefined
  /** How long a turn may take before the event loop goes on with other work; 500 by default. A burst is always handled whole. */
  readonly turnMicroseconds?: number | undefined
}

/** Default `slots` and `slotSize` fill 2 MiB; an odd number of cache lines keeps slots from sharing cache sets. */
export const receiveDefaults = { slots: 31, slotSize: 67_648, bursts: 4, turnMicroseconds: 500 } as const
