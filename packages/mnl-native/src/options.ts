import { type BufferSizes, check, type OptionNames } from '@nfkit/netlink-transport'

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

const names: OptionNames<MnlOptions> = {
  portId: 0,
  buffers: 0,
  netns: 0,
  slots: 0,
  slotSize: 0,
  bursts: 0,
  turnMicroseconds: 0,
}

const bufferNames: OptionNames<BufferSizes> = { receive: 0, send: 0 }

/** What `openMnl` was asked for, checked, and filled in where it was left out. Throws `RangeError` and `TypeError`. */
export interface MnlSettings {
  readonly portId: number
  readonly netns: string | undefined
  readonly buffers: Partial<BufferSizes>
  readonly shape: Shape
}

export function settingsOf(options: MnlOptions): MnlSettings {
  check.options('openMnl', options, names)
  const { portId = 0, netns, buffers = {}, slots = defaults.slots, slotSize = defaults.slotSize } = options
  const { bursts = defaults.bursts, turnMicroseconds = defaults.turnMicroseconds } = options
  return {
    portId: check.whole('portId', portId, 0, 0xffff_ffff),
    netns: netns === undefined ? undefined : namespacePath(netns),
    buffers: bufferSizes(buffers),
    shape: {
      slots: check.whole('slots', slots, 1, 1024),
      slotSize: check.whole('slotSize', slotSize, smallestSlot, 1_048_576),
      bursts: check.whole('bursts', bursts, 1, 1_000_000),
      turnMicroseconds: check.whole('turnMicroseconds', turnMicroseconds, 0, 1_000_000),
    },
  }
}

/** Returns `sizes`, or throws when they are none that setsockopt takes. */
export function bufferSizes(sizes: Partial<BufferSizes>): Partial<BufferSizes> {
  check.options('buffers', sizes, bufferNames)
  for (const [name, bytes] of Object.entries(sizes)) if (bytes !== undefined) check.whole(name, bytes, 0, 0x7fff_ffff)
  return sizes
}

/**
 * Returns `path`, or throws when it cannot be one. Nothing but `undefined` means the caller's own namespace: a program that lost the
 * name of a namespace would judge the packets of another.
 */
function namespacePath(path: string): string {
  const must = "the path of a network namespace, or undefined for the caller's own"
  if (typeof path !== 'string')
    throw new TypeError(`netns: ${typeof path === 'object' ? 'an object' : path} is not ${must}`)
  if (path === '' || path.includes('\0')) throw new RangeError(`netns: ${JSON.stringify(path)} is not ${must}`)
  return path
}
