import type { BufferSizes } from '@nfkit/netlink-transport'

export interface MnlOptions {
  /** The port id to take; by default the kernel chooses. Siblings always get one of their own. */
  readonly portId?: number | undefined
  /** Buffer sizes to ask for at once, as `resize` does. What was granted is not checked; `resize({})` tells. */
  readonly buffers?: Partial<BufferSizes> | undefined
  /** A network namespace to open the socket in: `/run/netns/NAME`, `/proc/PID/ns/net`. Needs CAP_SYS_ADMIN there and here. */
  readonly netns?: string | undefined
  /** Datagrams one burst holds at most; 62 by default. */
  readonly slots?: number | undefined
  /** Bytes of the longest datagram; 67,648 by default, which holds any queued packet. A longer one is lost with `EMSGSIZE`. */
  readonly slotSize?: number | undefined
  /** Bursts one turn of the event loop receives at most; 4 by default. */
  readonly bursts?: number | undefined
  /** After how long a turn starts no further burst, and a burst reads no further datagram; 200 by default. */
  readonly turnMicroseconds?: number | undefined
}

/** How a transport receives: the options above, filled in. */
export interface Shape {
  readonly slots: number
  readonly slotSize: number
  readonly bursts: number
  readonly turnMicroseconds: number
}

/** The slab fills 4 MiB; an odd number of cache lines to a slot keeps slots from sharing cache sets. */
const defaults: Shape = { slots: 62, slotSize: 67_648, bursts: 4, turnMicroseconds: 200 }

/** Fill in what was left out. Throws `RangeError`. */
export function shapeOf(options: MnlOptions): Shape {
  const { slots, slotSize, bursts, turnMicroseconds } = defaults
  return {
    slots: whole('slots', options.slots ?? slots, 1, 1024),
    slotSize: whole('slotSize', options.slotSize ?? slotSize, 256, 1_048_576),
    bursts: whole('bursts', options.bursts ?? bursts, 1, 1_000_000),
    turnMicroseconds: whole('turnMicroseconds', options.turnMicroseconds ?? turnMicroseconds, 0, 1_000_000),
  }
}

/** Returns `value`, or throws `RangeError` when it is no whole number from `low` to `high`. */
export function whole(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new RangeError(`${name}: ${value} is no whole number from ${low} to ${high}`)
}
