import type { SocketFaults } from '../faults/socket-faults.ts'
import type { NetlinkSocket } from './netlink-socket.ts'
import type { Sockets } from './sockets.ts'
import type { TruesizeStep } from './truesize.ts'

/** What a socket needs of the kernel behind it. */
export interface SocketHost {
  readonly sockets: Sockets
  readonly truesize: readonly TruesizeStep[]
  readonly chargesBeforeCheck: boolean
  /** Act on one datagram; every answer is queued when it returns. */
  input(socket: NetlinkSocket, datagram: Uint8Array): void
  readonly faults: SocketFaults
  closed(portId: number): void
}

/** Who opens a socket. */
export interface SocketOptions {
  /** Whether it has CAP_NET_ADMIN; it has by default. */
  readonly privileged?: boolean | undefined
  /** The process it belongs to, whose first socket has this number as its port id. */
  readonly processId?: number | undefined
}

/** What one read returns. */
export interface Reception {
  readonly bytes: Uint8Array
  /** Whether the buffer was smaller than the datagram, whose rest is gone (MSG_TRUNC). */
  readonly truncated: boolean
  /** Port id of the sender: 0 is the kernel. */
  readonly from: number
  /** The group's bit; 0 for unicast. */
  readonly groups: number
}
