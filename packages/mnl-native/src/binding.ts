import { loadAddon, packageRoot } from './addon.ts'

/** The addon, built from ../native. Methods that return a number return −errno on failure. */
export interface Binding {
  readonly Socket: new () => NativeSocket
  /** To the kernel, on the socket of this number. */
  send(number: number, datagram: Uint8Array): number
  /** Another descriptor of the same open file, closed on exec. */
  duplicate(fd: number): number
  /** Milliseconds of the clock that `NativeSocket.receive` says when it received. */
  now(): number
  /** Send one datagram with descriptors to a Unix socket; `path` begins with @ for the abstract namespace. */
  notify(path: string, text: string, descriptors: Int32Array): number
}

/** A system call that failed. */
export interface NativeFailure {
  readonly syscall: string
  readonly errno: number
}

export interface NativeSocket {
  /** `protocol` is `NETLINK_*`, the third argument of socket(2). */
  open(protocol: number, portId: number, netns: string | undefined): NativeFailure | undefined
  /** The same with a socket that is open. A descriptor that is refused stays the caller's. */
  adopt(fd: number, protocol: number, netns: string | undefined): NativeFailure | undefined
  /** By which `Binding.send` knows it. */
  number(): number
  /** −1 when there is no socket. */
  descriptor(): number
  portId(): number
  /** Descriptor of the network namespace a path was given for, or −1. */
  netns(): number
  /** A file as a thread in that namespace reads it, which takes CAP_SYS_ADMIN. */
  readThere(path: string): string | number
  /** `NETLINK_*` of SOL_NETLINK. */
  option(option: number, value: number): number
  /** Bytes of a buffer as the kernel counts them; `undefined` asks. */
  resize(receive: boolean, bytes: number | undefined): number
  /** An array of `struct sock_filter`; empty detaches. */
  filter(program: Uint8Array): number
  /** SK_MEMINFO_RMEM_ALLOC, SK_MEMINFO_RCVBUF, SK_MEMINFO_DROPS, and datagrams of other processes dropped. */
  counters(): readonly [number, number, number, number] | number
  /** In the socket's network namespace. */
  interfaceName(index: number): string | number
  receive(
    /** Datagrams whose offset and length are in `spans`: in `heads` where all of them are short, else in `slab`. What it returns is sent before anything else runs; nothing `byThread`. */
    deliver: (length: number, isShort: boolean) => Uint8Array | undefined,
    /** Of what could not be received; or of what `deliver` returned, and could not be sent. */
    fail: (errno: number, isAnswer: boolean) => void,
    slab: Uint8Array,
    heads: Uint8Array,
    /** Two elements a slot; behind them the slot the next burst starts at, of `slab` and of `heads`, and a double: when this one was received. */
    spans: Int32Array,
    slots: number,
    /** Bytes of a slot of `slab`. */
    stride: number,
    /** Bytes of a slot of `heads`; 0 for none. */
    head: number,
    bursts: number,
    nanoseconds: number,
    /** Wait for the socket in a thread, instead of by libuv. */
    byThread: boolean,
    /** Added to the milliseconds of `now()`, to say when something was received. */
    origin: number,
    /** Whether contexts have frames: see `contextsHaveFrames`. */
    framed: boolean,
  ): number
  /** Where the next burst goes; `isHeads` where it is about short datagrams. */
  slab(slab: Uint8Array, isHeads: boolean): void
  resume(): number
  pause(): void
  /** Deliver what has arrived within this call: nothing before `resume`. Not to be called within `deliver`. */
  readNow(): void
  close(): void
}

/** The native part is not there: it was not built, or cannot be loaded. `cause` is what loading it said. */
export class NativeUnavailableError extends Error {
  static {
    this.prototype.name = 'NativeUnavailableError'
  }

  constructor(cause: unknown) {
    super(`the native part of @nfkit/mnl-native cannot be loaded: ${remedy(String(cause))}`, { cause })
  }
}

function remedy(cause: string): string {
  if (process.platform !== 'linux')
    return 'netlink is a part of Linux; elsewhere @nfkit/simulator stands in for the kernel'
  if (packageRoot() === undefined)
    return (
      'it was bundled, and so taken away from its native part: leave @nfkit/mnl-native outside of the bundle (esbuild: ' +
      '--external:@nfkit/*), and install it beside it'
    )
  if (cause.includes('libmnl.so')) return 'install libmnl (Debian, Ubuntu: apt install libmnl0; Alpine: apk add libmnl)'
  return (
    'install what it is built with (Debian, Ubuntu: apt install g++ make python3 pkg-config libmnl-dev; Alpine: apk add g++ ' +
    'make python3 pkgconf libmnl-dev linux-headers), then run npm rebuild @nfkit/mnl-native'
  )
}

let binding: Binding | undefined

/** Throws `NativeUnavailableError`. */
export function loadBinding(): Binding {
  if (binding) return binding
  try {
    binding = loadAddon() as Binding
    return binding
  } catch (error) {
    throw new NativeUnavailableError(error)
  }
}
