import type { Tuple } from '@nfkit/inet'
import type { SocketInfo } from '../socket.ts'

/** Why nothing certain is known of a packet's owner. */
export type Unowned =
  /** There is no such socket: the packet is forwarded, or its socket is gone. */
  | 'no socket'
  /** Its protocol has no sockets that are told of: ICMP, say. */
  | 'protocol'
  /** It has no tuple: a later fragment, say. */
  | 'no tuple'
  /** The connection is being made, and belongs to no program yet. */
  | 'handshake'
  /** The program has closed the connection, and the kernel only waits for its end. */
  | 'closed'

/**
 * Whose packet it is. `socket`: this one's. `listener`: a connection is asked for, and this socket listens; where several share its port
 * (SO_REUSEPORT) it may be another of them. `ambiguous`: one of these, or another like them; several programs may send from one unconnected UDP
 * port. `unknown`: `reason` says why.
 */
export type Owner =
  | { readonly kind: 'socket'; readonly socket: SocketInfo }
  | { readonly kind: 'listener'; readonly socket: SocketInfo }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly SocketInfo[] }
  | { readonly kind: 'unknown'; readonly reason: Unowned }

/** What of a packet says whose it is: a packet of a queue, or of a log group, has it. */
export interface OwnedPacket {
  /** Where it was met. */
  readonly hook: string | undefined
  /** What connection tracking would call it. */
  readonly tuple: Tuple | undefined
  /** Index of the interface it came in on. */
  readonly indev: number | undefined
  /** Its headers: an ICMP error is about a packet that goes the other way. */
  readonly ip: { readonly protocol: number } | undefined
}

/** What the kernel's answer means. */
export function ownerOf(socket: SocketInfo): Owner {
  switch (socket.state) {
    case 'synRecv':
    case 'newSynRecv':
      return { kind: 'unknown', reason: 'handshake' }
    case 'timeWait':
      return { kind: 'unknown', reason: 'closed' }
    case 'listen':
      return { kind: 'listener', socket }
    case 'close':
      return { kind: 'ambiguous', candidates: [socket] }
    default:
      // Without inode, user and cgroup it is a remainder that waits for the other side (FIN_WAIT2 after close).
      return socket.inode === undefined && socket.uid === undefined && socket.cgroupId === undefined
        ? { kind: 'unknown', reason: 'closed' }
        : { kind: 'socket', socket }
  }
}
