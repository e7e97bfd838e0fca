import { argument, type BufferSizes, type Checks, check } from '@nfkit/netlink-transport'

/** How a socket is opened. */
export interface MnlOptions {
  /** Which netlink protocol, the number of a `Protocol`; 12, NETLINK_NETFILTER, by default. `NETLINK_SOCK_DIAG` is 4. */
  readonly protocol?: number | undefined
  /** The port id to take; by default the kernel chooses. Siblings always get one of their own. */
  readonly portId?: number | undefined
  /**
   * The descriptor of a netlink socket that is open already: one that was inherited from another process, or that a service manager has
   * kept. The transport owns it from then on: it is closed on exec, does not block, and `close` closes it. One that is refused stays the
   * caller's.
   */
  readonly fd?: number | undefined
  /** Buffer sizes to ask for at once, as `resize` does. What was granted is not checked; `resize({})` tells. */
  readonly buffers?: Partial<BufferSizes> | undefined
  /**
   * A network namespace to open the socket in: `/run/netns/NAME`, `/proc/PID/ns/net`. Needs CAP_SYS_ADMIN there and here. Left out or
   * `undefined`, the caller's own; an empty path is refused. A socket given as `fd` must be of that namespace.
   */
  readonly netns?: string | undefined
  /** Datagrams one burst holds at most; 62 by default. */
  readonly slots?: number | undefined
  /** Bytes of the longest datagram; 67,648 by default, which holds any queued packet. A longer one is lost with `EMSGSIZE`. */
  readonly slotSize?: number | undefined
  /** Bursts one turn of the event loop receives at most; 4 by default. */
  readonly bursts?: number | undefined
  /** After how long a turn starts no further burst, and a burst of datagrams that take long, as those of a dump do, reads no further one; 200 by default. */
  readonly turnMicroseconds?: number | undefined
  /**
   * What notices that a datagram has arrived: `libuv`, where that is the runtime's event loop, or a `thread` that waits for the socket, which works
   * everywhere and costs a change of threads a burst. By default the first in Node.js, the second in Bun and Deno.
   */
  readonly wakeUp?: WakeUp | undefined
}

/** What notices that a datagram has arrived. */
export type WakeUp = 'libuv' | 'thread'

/** How a transport receives: the options above, filled in. */
export interface Shape {
  readonly slots: number
  readonly slotSize: number
  readonly bursts: number
  readonly turnMicroseconds: number
  readonly wakeUp: WakeUp
}

/** Bytes of a slot at least: every acknowledgement without its request fits. */
export const smallestSlot = 256

/** The slab fills 4 MiB; an odd number of cache lines to a slot keeps slots from sharing cache sets. */
const defaults: Shape = {
  slots: 62,
  slotSize: 67_648,
  bursts: 4,
  turnMicroseconds: 200,
  // Bun ends the process when libuv is asked to watch a descriptor, and Deno's stand-in for libuv does not always wake up.
  wakeUp: 'bun' in process.versions || 'deno' in process.versions ? 'thread' : 'libuv',
}

const checks: Checks<MnlOptions> = {
  protocol: (protocol) => argument.protocol(protocol as number),
  portId: (portId) => check.whole('portId', portId, 0, 0xffff_ffff),
  fd: (fd) => check.whole('fd', fd, 0, 0x7fff_ffff),
  buffers: (buffers) => argument.sizes(buffers as Partial<BufferSizes>),
  netns: namespacePath,
  slots: (slots) => check.whole('slots', slots, 1, 1024),
  slotSize: (bytes) => check.whole('slotSize', bytes, smallestSlot, 1_048_576),
  bursts: (bursts) => check.whole('bursts', bursts, 1, 1_000_000),
  turnMicroseconds: (time) => check.whole('turnMicroseconds', time, 0, 1_000_000),
  wakeUp: (way) => check.word('wakeUp', way, { libuv: 0, thread: 0 }),
}

/** Returns `options`, or throws `RangeError` or `TypeError` with the name of one that makes no sense. */
export function checkedOptions(options: MnlOptions): MnlOptions {
  check.all('openMnl', options, checks)
  if (options.fd !== undefined && options.portId !== undefined)
    throw new RangeError('portId: the socket given as fd has one already; leave it out')
  return options
}

/** Fill in what was left out. */
export function shapeOf(options: MnlOptions): Shape {
  const { slots = defaults.slots, slotSize = defaults.slotSize, bursts = defaults.bursts } = options
  const { turnMicroseconds = defaults.turnMicroseconds, wakeUp = defaults.wakeUp } = options
  return { slots, slotSize, bursts, turnMicroseconds, wakeUp }
}

/**
 * Throws when `path` cannot be one. Nothing but `undefined` means the caller's own namespace: a program that lost the
 * name of a namespace would judge the packets of another.
 */
function namespacePath(path: unknown): void {
  const must = "the path of a network namespace, or undefined for the caller's own"
  if (typeof path !== 'string')
    throw new TypeError(`netns: ${typeof path === 'object' ? 'an object' : path} is not ${must}`)
  if (path === '' || path.includes('\0')) throw new RangeError(`netns: ${JSON.stringify(path)} is not ${must}`)
}
