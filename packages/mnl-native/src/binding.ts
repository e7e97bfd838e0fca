import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The addon, built from ../native. Methods that return a number return −errno on failure. */
export interface Binding {
  readonly Socket: new () => NativeSocket
}

export interface NativeSocket {
  open(portId: number, netns: string | undefined): { readonly syscall: string; readonly errno: number } | undefined
  portId(): number
  /** Descriptor of the network namespace a path was given for, or −1. */
  netns(): number
  send(datagram: Uint8Array): number
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
    /** Datagrams whose offset and length are in `spans`. */
    deliver: (length: number) => void,
    fail: (errno: number) => void,
    slab: Uint8Array,
    spans: Int32Array,
    /** One element: the slot the next burst starts at. */
    cursor: Int32Array,
    slots: number,
    stride: number,
    bursts: number,
    nanoseconds: number,
  ): number
  /** Where the next burst goes. */
  slab(slab: Uint8Array): void
  resume(): number
  pause(): void
  close(): void
}

/** The native part is not there: it was not built, or cannot be loaded. */
export class NativeUnavailableError extends Error {
  static {
    NativeUnavailableError.prototype.name = 'NativeUnavailableError'
  }

  constructor(cause: unknown) {
    super(
      'the native part of @nfkit/mnl-native is not built for this machine: install what it needs (Debian, Ubuntu: ' +
        'apt install g++ make python3 pkg-config libmnl-dev), then run npm rebuild @nfkit/mnl-native',
      { cause },
    )
  }
}

const require = createRequire(import.meta.url)
let binding: Binding | undefined

/** Throws `NativeUnavailableError`. */
export function loadBinding(): Binding {
  if (binding) return binding
  try {
    const load: (directory: string) => Binding = require('node-gyp-build')
    binding = load(fileURLToPath(new URL('..', import.meta.url)))
    return binding
  } catch (error) {
    throw new NativeUnavailableError(error)
  }
}
