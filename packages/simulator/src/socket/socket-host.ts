import type { Datagram } from './datagram.ts'
import type { Endpoint } from './endpoint.ts'
import type { Sockets } from './sockets.ts'
import type { TruesizeStep } from './truesize.ts'

/** What goes wrong with sockets on purpose, asked where it could. */
export interface Faults {
  /** Whether there is anything: the way datagrams take is short while there is not. */
  readonly armed: boolean
  /** The errno the next read, or send, fails with; 0 when it does not. */
  failure(socket: Endpoint, kind: 'read error' | 'send error'): number
  /** What becomes of a datagram that is about to be queued: `refused` when it finds no room, `undefined` when it is lost, or goes to `late`. */
  intercept(socket: Endpoint, datagram: Datagram, late: (datagram: Datagram) => void): Datagram | undefined | 'refused'
  /** Mark a part of a dump, if that is due. */
  interrupt(socket: Endpoint, part: Uint8Array): void
  /** The errno a dump that begins now will fail with; 0 when it will not. */
  dumpFailure(socket: Endpoint): number
}

/** What a socket needs of the kernel behind it. */
export interface SocketHost {
  readonly sockets: Sockets
  readonly truesize: readonly TruesizeStep[]
  readonly chargesBeforeCheck: boolean
  /** Act on one datagram; every answer is queued when it returns. */
  input(socket: Endpoint, datagram: Uint8Array): void
  readonly faults: Faults
  closed(portId: number): void
  /** Whether joining groups needs no privilege: NETLINK_SOCK_DIAG alone (NL_CFG_F_NONROOT_RECV). */
  readonly openGroups?: boolean | undefined
}

/** The process that opens a socket. */
export interface SocketOptions {
  /** Which netlink protocol. There are 12, NETLINK_NETFILTER, and 4, NETLINK_SOCK_DIAG: others are refused with `EPROTONOSUPPORT`. */
  readonly protocol?: number | undefined
  /** Whether it has CAP_NET_ADMIN; it has by default. */
  readonly privileged?: boolean | undefined
  /** The process it belongs to, whose first socket has this number as its port id. */
  readonly processId?: number | undefined
}
