import type { TransportError } from './errors.ts'

/**
 * One netlink socket, seen as datagrams: the seam between protocols and sockets. It knows no messages. Implemented by
 * `@nfkit/mnl-native` (a real socket) and `@nfkit/simulator` (a kernel in memory); both pass the suite in `./compliance`.
 *
 * Methods that ask the kernel for something throw `TransportError`. After `close` only `close` may be called; `send`, `counters` and
 * `sibling` are refused with `EBADF`, so that all who share the transport find out.
 */
export interface Transport {
  /** The port id the kernel knows this socket by: unsigned, in every request we send and every reply we get. */
  readonly portId: number
  /**
   * Whether the socket was another program's, or another transport's, before: what that one has bound is bound, and answers to it may still
   * come. Absent means no.
   */
  readonly inherited?: boolean | undefined
  /** Bytes of the largest datagram `send` takes: SO_SNDBUF − 32 (netlink_sendmsg, net/netlink/af_netlink.c). */
  readonly sendLimit: number
  /**
   * Hand the kernel one datagram, which may hold many messages. It is copied, and the kernel has acted on it, before this
   * returns; answers come through the receiver, later. A datagram over `sendLimit` is refused as a whole with `EMSGSIZE`.
   */
  send(datagram: Uint8Array): void
  /**
   * Within `Receiver.batch`: hand the kernel one datagram as soon as that returns, before microtasks, which costs less than `send`. What is sent until then
   * leaves before it, and its bytes are to stay as they are. Whoever stands between a transport and its receiver calls that once for each batch, and nothing of the program behind it. `failed` is then told what `send` would have thrown: `EBADF` of a transport that was closed meanwhile.
   * Returns `false`, and does nothing, outside of a delivery, with a second datagram in one, and with one over `sendLimit`. Absent where a transport has no way to.
   */
  answer?(datagram: Uint8Array, failed: (error: TransportError) => void): boolean
  /** Start delivery. One receiver per transport, for its whole life. */
  receive(receiver: Receiver): void
  /** Stop delivery until `resume`; what arrives meanwhile waits in the socket's buffer, and is lost when that is full. */
  pause(): void
  /** Go on after `pause`. */
  resume(): void
  /**
   * Deliver what has arrived now, within this call, instead of in a later turn of the event loop: the kernel answers a question before `send` returns,
   * as a rule. Delivers nothing where the event loop would not, before `receive`, while paused and after `close`; and nothing within
   * a call of the receiver. As much at once as in a turn. Who calls it again and again leaves the event
   * loop no time. Absent where a transport has no way to.
   */
  readNow?(): void
  /** Also deliver a multicast group. Needs CAP_NET_ADMIN. */
  join(group: number): void
  /** Deliver a multicast group no longer. */
  leave(group: number): void
  /** Turn a socket option on or off. */
  set(option: SocketOption, on: boolean): void
  /**
   * Ask for buffer sizes in bytes, beyond the system's limits where permitted (SO_RCVBUFFORCE), and return what was granted.
   * The kernel counts the memory a datagram occupies, which exceeds its length.
   */
  resize(request: Partial<BufferSizes>): BufferSizes
  /** Deliver only datagrams a classic BPF program accepts; `undefined` delivers all again (SO_ATTACH_FILTER). */
  filter(program: readonly BpfInstruction[] | undefined): void
  /** The kernel's counters of this socket. */
  counters(): SocketCounters
  /** Name of the interface with this index, in the socket's network namespace; `undefined` when there is none. */
  interfaceName(index: number): string | undefined
  /**
   * Text of a file of /proc/net in the socket's network namespace, `netfilter/nfnetlink_queue` say; `undefined` when it cannot be read:
   * most are root's, and another namespace than the thread's is looked into with CAP_SYS_ADMIN.
   */
  procNet(file: string): string | undefined
  /**
   * Another socket to the same kernel and network namespace, opened with the same options. Refused with `EBADF` after `close`, and with
   * `EPROTONOSUPPORT` where the kernel lacks the protocol.
   */
  sibling(options?: SiblingOptions): Transport
  /** Stop delivery and free the socket. Closing twice is fine. */
  close(): void
}

/** How another socket differs from the first. */
export interface SiblingOptions {
  /** Bytes of the longest datagram it must receive; longer ones may be lost with `EMSGSIZE`. By default any queued packet fits. */
  readonly longest?: number | undefined
  /** `NETLINK_*`, the number of a `Protocol`; that of the socket it is a sibling of by default. */
  readonly protocol?: number | undefined
}

/**
 * `noEnobufs`: overruns lose messages silently instead of congesting the socket (NETLINK_NO_ENOBUFS).
 * `broadcastError`: failed deliveries of events are reported to the sender, which makes destroy events reliable.
 * `extendedAck`: refusals carry text and place where the kernel has them; on from the start.
 * `capAck`: refusals do not repeat the request.
 */
export type SocketOption = 'noEnobufs' | 'broadcastError' | 'extendedAck' | 'capAck'

/** As the kernel counts them: `getsockopt` reports twice what was set. */
export interface BufferSizes {
  /** Bytes of the receive buffer (SO_RCVBUF). */
  readonly receive: number
  /** Bytes of the send buffer (SO_SNDBUF). */
  readonly send: number
}

/** From SO_MEMINFO. */
export interface SocketCounters {
  /** Datagrams the kernel could not queue to this socket since it was opened. */
  readonly dropped: number
  /** Bytes charged to the receive buffer now. */
  readonly receiveQueued: number
  /** Bytes the receive buffer may be charged. */
  readonly receiveBuffer: number
}

/** `struct sock_filter` (include/uapi/linux/filter.h). */
export interface BpfInstruction {
  /** Operation: a sum of `BPF_*`. */
  readonly code: number
  /** Instructions to skip when the condition holds. */
  readonly jt: number
  /** Instructions to skip when it does not. */
  readonly jf: number
  /** Operand. */
  readonly k: number
}

/** What a transport delivers to. Called from the event loop, or from within `readNow`; never from within `send`. */
export interface Receiver {
  /** Datagrams arrived. The receiver releases the batch, also when it throws. */
  batch(batch: Batch): void
  /**
   * The socket failed. After `ENOBUFS` and `EMSGSIZE` messages are missing but the socket still works. An overrun is told after
   * what had arrived before it, as far as one turn of the event loop reads.
   */
  error(error: TransportError): void
}

/**
 * Datagrams received together, all of them from the kernel: what other processes send (nl_pid ≠ 0) is dropped before it gets
 * here. Leased: readable until `release`; then the transport reuses the memory.
 *
 * A lease keeps all the memory of its batch, and more: one datagram that is needed for long costs megabytes. The transport leases
 * so much of it and no more; then leases are `brief`, until others end.
 */
export interface Batch {
  /** The memory the datagrams lie in. */
  readonly bytes: Uint8Array
  /** Datagram `i` is `bytes[spans[2i], spans[2i] + spans[2i + 1])`. Read them before the call returns; the bytes may be kept. */
  readonly spans: Int32Array
  /** How many datagrams there are. */
  readonly length: number
  /**
   * Whether the memory is needed back at once: copy what must outlast the call of `batch`, datagram by datagram, and release before
   * it returns. A receiver that keeps a brief lease all the same keeps its bytes, and makes the transport take more memory for each.
   */
  readonly brief: boolean
  /**
   * When it was received, in milliseconds on the clock of `performance.now()`, where the transport says so. Read it before the call returns. A socket of the
   * machine says it by the machine's clock, also where a test has put another in its place.
   */
  readonly arrivedAt?: number
  /** Call once, when no view of the bytes is used any more: then the same object may stand for the next batch, which a second call would release. */
  release(): void
  /**
   * Call in place of `release` when the program may still look at a view and does not say when that ends. The transport never
   * receives into these bytes again; the garbage collector takes them when the last view is gone.
   */
  abandon(): void
}
