import type { check } from '@nfkit/netlink-transport'
import type { InterfaceOptions } from './interfaces.ts'
import type { Profile, ProfileName } from './profile.ts'
import type { Random } from './random.ts'
import type { TruesizeStep } from './socket/truesize.ts'

/** What a simulated kernel is made of. All of it is optional. */
export interface KernelOptions {
  /** Which kernel to be; `6.18` by default. */
  readonly profile?: ProfileName | Profile | undefined
  /** Interfaces by name: their index, or more. `lo` is 1 and `eth0` 2 by default. */
  readonly interfaces?: { readonly [name: string]: number | InterfaceOptions } | undefined
  /** Everything that looks random follows from it; 1 by default. */
  readonly seed?: number | undefined
  /** What the wall clock shows at the start: nanoseconds since 1970. */
  readonly start?: bigint | undefined
  /** A wall clock of your own, which is read whenever the kernel reads its. */
  readonly wallClock?: (() => bigint) | undefined
  /** Whether packets are tracked; they are by default, while a real namespace begins to when a rule needs it. */
  readonly tracking?: boolean | undefined
  /**
   * Whether fragments are put together before they are tracked, as every kernel does that tracks. Off by default: then fragments go their
   * way one by one, and only the first is tracked. With it `deliver` settles when the last of them has come, or half a minute is over.
   */
  readonly defragmentation?: boolean | undefined
  /** Source of identifiers of connections; from the seed by default. */
  readonly random?: Random | undefined
  /** What datagrams are charged for in receive buffers. */
  readonly truesize?: readonly TruesizeStep[] | undefined
  /** Datagrams a transport reads in one turn of the event loop; 64 by default. */
  readonly burst?: number | undefined
  /**
   * Whether what comes of a delivery, such as the packet behind one that was judged, is delivered in the same turn of the event loop, once the
   * microtasks are done, up to a burst, as a live socket under load is read. It makes replays faster: a turn costs more than to judge a packet. Off
   * by default: then each has a turn of its own, and programs that do several things at once do them in the same order in any case.
   */
  readonly sharedTurns?: boolean | undefined
  /** The process of sockets that are connected without one. */
  readonly processId?: number | undefined
}

/** Their names. */
export const kernelOptionNames: check.OptionNames<KernelOptions> = {
  profile: true,
  interfaces: true,
  seed: true,
  start: true,
  wallClock: true,
  tracking: true,
  defragmentation: true,
  random: true,
  truesize: true,
  burst: true,
  sharedTurns: true,
  processId: true,
}
