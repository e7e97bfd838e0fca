import { sockDiag } from '@nfkit/netlink-codec/sock-diag'
import { argument, Connection, Requests, type Transport } from '@nfkit/netlink-transport'
import { SocketTable } from './table.ts'

/**
 * Ask for the sockets of the transport's network namespace. Any transport will do: the table opens a sibling of it for NETLINK_SOCK_DIAG, and closes
 * the one it was given. Reading needs no privilege; `destroy` needs CAP_NET_ADMIN.
 *
 * Throws `TransportError` when the kernel has no sockets to tell of (EPROTONOSUPPORT: load the module inet_diag).
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 * import { openSockets } from '@nfkit/sockets'
 *
 * const sockets = openSockets(openMnl())
 * const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
 * queue.run(async (packet) => {
 *   const owner = await sockets.owner(packet)
 *   return owner.kind === 'socket' && owner.socket.uid === 1000 ? 'drop' : 'accept'
 * })
 */
export function openSockets(transport: Transport): SocketTable {
  argument.transport(transport)
  let own: Transport
  try {
    own = transport.sibling({ protocol: sockDiag.number })
  } finally {
    transport.close()
  }
  const connection = new Connection(own, sockDiag)
  own.receive(connection)
  return new SocketTable(new Requests(connection))
}
