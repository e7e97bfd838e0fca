import { opened } from '@nfkit/netlink-transport'
import type { MnlOptions } from './options.ts'
import { MnlSocket } from './socket.ts'

/**
 * Open a netlink socket to this machine's kernel: NETLINK_NETFILTER, or the `protocol` that is given; or take over one that is open, given as
 * `fd`.
 *
 * Throws `TransportError` when the system refuses (EPROTONOSUPPORT when the kernel lacks the protocol), `RangeError` or `TypeError` for an option that makes no sense, and
 * `NativeUnavailableError` when the native part was not built. What is no socket to take over is a `TransportError` whose `syscall` is `adopt`:
 * EBADF, nothing is open there; ENOTSOCK, it is a file; EAFNOSUPPORT, a socket but not of netlink; EPROTOTYPE, of another netlink protocol;
 * EADDRNOTAVAIL, not bound to a port id; EXDEV, of another network namespace. To see the namespace takes CAP_NET_ADMIN (SIOCGSKNS).
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 *
 * const queue = await openQueue(openMnl(), { number: 0 })
 * queue.run((packet) => packet.accept())
 */
export function openMnl(options: MnlOptions = {}): MnlSocket {
  return opened(new MnlSocket(options))
}
