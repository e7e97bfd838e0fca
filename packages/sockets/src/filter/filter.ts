import { socketState } from '@nfkit/netlink-codec/sock-diag'
import { check, type OptionNames } from '@nfkit/netlink-transport'
import type { SocketProtocol, SocketState } from '../socket.ts'

/** Which sockets a list is to have. All that is given must hold. */
export interface SocketConditions {
  /** `tcp` by default. */
  readonly protocol?: SocketProtocol | undefined
  /** Their states; all by default. UDP has `established` for connected sockets, and `close`. */
  readonly states?: readonly SocketState[] | undefined
  /** The local end: an address, or a network. */
  readonly local?: string | undefined
  /** The local port. */
  readonly localPort?: number | undefined
  /** The remote end: an address, or a network. */
  readonly remote?: string | undefined
  /** The remote port. */
  readonly remotePort?: number | undefined
  /** Index of the interface they are bound to. */
  readonly interface?: number | undefined
  /** Inode of the cgroup2 directory they were made in, or of one above it (Linux 5.8). */
  readonly cgroupId?: bigint | undefined
}

const names: OptionNames<SocketConditions> = {
  protocol: true,
  states: true,
  local: true,
  localPort: true,
  remote: true,
  remotePort: true,
  interface: true,
  cgroupId: true,
}

const protocols = { tcp: true, udp: true, udplite: true }

/** Returns `filter`, or throws `TypeError` or `RangeError` with the condition that cannot be. */
export function checkedFilter(filter: SocketConditions): SocketConditions {
  const { protocol, states, localPort, remotePort, interface: index } = check.options('SocketConditions', filter, names)
  if (protocol !== undefined) check.word('protocol', protocol, protocols)
  for (const state of states ?? []) check.word('states', state, socketState)
  if (localPort !== undefined) check.whole('localPort', localPort, 1, 0xffff)
  if (remotePort !== undefined) check.whole('remotePort', remotePort, 1, 0xffff)
  if (index !== undefined) check.whole('interface', index, 1, 0x7fff_ffff)
  return filter
}
