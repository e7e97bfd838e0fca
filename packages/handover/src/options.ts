import { pathToFileURL } from 'node:url'
import { type Checks, check, type Transport } from '@nfkit/netlink-transport'
import type { QueueOptions } from '@nfkit/nfqueue'

/** The longest delay a timer takes. */
export const longestDelay = 0x7fff_ffff

/** A socket that can be handed on, as `openMnl` makes it. */
export interface HeritableSocket {
  /** Its descriptor. */
  readonly fd: number
  /** Another transport over the same socket. */
  heir(): Transport
  /** Close this descriptor of it. */
  close(): void
}

/** How long each step may take. */
export interface SupervisorLimits {
  /**
   * How long packets wait for a worker that has died or hangs in taking over, before they get the verdict of `absent`; 1,000 by default. While a worker is
   * just taking over, that may take as long again. A worker that is replaced may take as long, and 1,500 at least, to say what it leaves, beyond `leavingMilliseconds`:
   * then it is ended, and what it knew is lost. `Infinity`: for ever.
   */
  readonly absentMilliseconds?: number | undefined
  /** How long loading the program may take; 10,000 by default. */
  readonly loadingMilliseconds?: number | undefined
  /** How long a worker that is replaced may take for the packets it has read; 1,000 by default. The rest comes to the next one. */
  readonly leavingMilliseconds?: number | undefined
  /** How long a worker may give no sign of life; 5,000 by default. `Infinity`: for ever. */
  readonly watchdogMilliseconds?: number | undefined
}

/** What is supervised. */
export interface SupervisorOptions extends SupervisorLimits {
  /** The worker's program, which calls `succeed`: a path or URL. */
  readonly worker: string | URL
  /** The sockets by name, opened and not read. The supervisor owns them from then on, and closes them. */
  readonly sockets: { readonly [name: string]: HeritableSocket }
  /** The queues on each socket, with the options that the worker opens them with: for when no worker is there to judge. */
  readonly queues: { readonly [name: string]: readonly QueueOptions[] }
  /** The verdict of packets while no worker is there for longer than `absentMilliseconds`: `drop` by default. */
  readonly absent?: 'accept' | 'drop' | undefined
  /**
   * Whether one more worker is loaded and waits, to take over at once when the one that reads dies: packets wait for milliseconds then, and not until a program
   * is loaded. It costs the memory of a second process. Not by default.
   */
  readonly standby?: boolean | undefined
  /** Arguments of the program. */
  readonly args?: readonly string[] | undefined
  /** Node's own options for the worker; the supervisor's by default. */
  readonly execArgv?: readonly string[] | undefined
}

const checks: Checks<SupervisorOptions> = {
  worker: () => {},
  sockets: (sockets) => check.options('sockets', sockets as object, sockets as object),
  queues: (queues) => check.options('queues', queues as object, queues as object),
  absent: (verdict) => check.word('absent', verdict, { accept: true, drop: true }),
  standby: (value) => check.flag('standby', value),
  args: () => {},
  execArgv: () => {},
  absentMilliseconds: (value) => check.milliseconds('absentMilliseconds', value),
  loadingMilliseconds: (value) => check.milliseconds('loadingMilliseconds', value),
  leavingMilliseconds: (value) => check.milliseconds('leavingMilliseconds', value),
  watchdogMilliseconds: (value) => check.milliseconds('watchdogMilliseconds', value),
}

/** Options, filled in. */
export interface Plan extends Required<SupervisorLimits>, Omit<SupervisorOptions, keyof SupervisorLimits> {
  readonly worker: URL
  readonly absent: 'accept' | 'drop'
  readonly absentMilliseconds: number
  readonly loadingMilliseconds: number
  readonly leavingMilliseconds: number
  readonly watchdogMilliseconds: number
}

/** Throws `RangeError` or `TypeError` with the option's name. */
export function planOf(options: SupervisorOptions): Plan {
  const { sockets, queues } = check.all('supervise', options, checks)
  check.options('sockets', sockets, sockets)
  check.options('queues', queues, sockets)
  for (const [name, { fd, heir }] of Object.entries(sockets))
    if (!(fd >= 0) || typeof heir !== 'function')
      throw new TypeError(`sockets.${name}: it is no open socket that can be handed on; pass openMnl()`)
  return {
    ...options,
    worker: urlOf(options.worker),
    absent: options.absent ?? 'drop',
    absentMilliseconds: options.absentMilliseconds ?? 1_000,
    loadingMilliseconds: options.loadingMilliseconds ?? 10_000,
    leavingMilliseconds: options.leavingMilliseconds ?? 1_000,
    watchdogMilliseconds: options.watchdogMilliseconds ?? 5_000,
  }
}

function urlOf(program: string | URL): URL {
  if (program instanceof URL) return program
  if (typeof program !== 'string') throw new TypeError(`worker: ${String(program)} is neither a path nor a URL`)
  return program.includes('://') ? new URL(program) : pathToFileURL(program)
}
