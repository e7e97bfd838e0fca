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

/** The packet is this socket's. */
export interface KnownOwner {
  /** There is one, for certain. */
  readonly kind: 'socket'
  /** The socket. */
  readonly socket: SocketInfo
}

/** A connection is asked for. */
export interface ListeningOwner {
  /** It belongs to no connection yet. */
  readonly kind: 'listener'
  /** The socket that listens; where several share its port (SO_REUSEPORT) it may be another of them. */
  readonly socket: SocketInfo
}

/** Several sockets may have sent the packet, or would receive it. */
export interface AmbiguousOwner {
  /** Nobody can tell. */
  readonly kind: 'ambiguous'
  /** One of these, or another like them: all there are where `search` was asked for. */
  readonly candidates: readonly SocketInfo[]
}

/** Nothing certain is known. */
export interface UnknownOwner {
  /** There is no answer. */
  readonly kind: 'unknown'
  /** Why. */
  readonly reason: Unowned
}

/** Whose packet it is, told apart by `kind`. */
export type Owner = KnownOwner | ListeningOwner | AmbiguousOwner | UnknownOwner

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
