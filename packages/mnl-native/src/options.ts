import { inspect } from 'node:util'
import type { BufferSizes } from '@nfkit/netlink-transport'

export interface MnlOptions {
  /** The port id to take; by default the kernel chooses. Siblings always get one of their own. */
  readonly portId?: number | undefined
  /** Buffer sizes to ask for at once, as `resize` does. What was granted is not checked; `resize({})` tells. */
  readonly buffers?: Partial<BufferSizes> | undefined
  /**
   * A network namespace to open the socket in: `/run/netns/NAME`, `/proc/PID/ns/net`. Needs CAP_SYS_ADMIN there and here. Left out or
   * `undefined`, the caller's own; an empty path is refused.
   */
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

/** Bytes of a slot at least: every acknowledgement without its request fits. */
export const smallestSlot = 256

/** The slab fills 4 MiB; an odd number of cache lines to a slot keeps slots from sharing cache sets. */
const defaults: Shape = { slots: 62, slotSize: 67_648, bursts: 4, turnMicroseconds: 200 }

/** Fill in what was left out. Throws `RangeError`. */
export function shapeOf(options: MnlOptions): Shape {
  const {
    slots = defaults.slots,
    slotSize = defaults.slotSize,
    bursts = defaults.bursts,
    turnMicroseconds = defaults.turnMicroseconds,
  } = options
  return {
    slots: whole('slots', slots, 1, 1024),
    slotSize: whole('slotSize', slotSize, smallestSlot, 1_048_576),
    bursts: whole('bursts', bursts, 1, 1_000_000),
    turnMicroseconds: whole('turnMicroseconds', turnMicroseconds, 0, 1_000_000),
  }
}

/** Returns `value`, or throws `RangeError` when it is no whole number from `low` to `high`. */
export function whole(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new RangeError(`${name}: ${shown(value)} is no whole number from ${low} to ${high}`)
}

/**
 * Throws unless `value` is `undefined` or may be a path. Anything else must not mean the caller's own namespace: a program that lost
 * the name of a namespace would judge the packets of another.
 */
export function namespacePath(name: string, value: string | undefined): void {
  if (value === undefined) return
  const must = `must be the path of a network namespace, or undefined for the caller's own`
  if (typeof value !== 'string') throw new TypeError(`${name}: ${shown(value)} ${must}`)
  if (value === '' || value.includes('\0')) throw new RangeError(`${name}: ${shown(value)} ${must}`)
}

/** On one line, without what is inside. */
const shown = (value: unknown): string => inspect(value, { depth: -1, maxStringLength: 60 })
