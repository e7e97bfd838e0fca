import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { Connection, type Transport } from '@nfkit/netlink-transport'
import { openAdvice } from './advice.ts'
import { requestOf } from './message.ts'
import { conntrackProtocol } from './protocol.ts'
import { ConntrackTable } from './table.ts'

/**
 * Open the connection tracking table of the transport's network namespace. The table closes the transport.
 *
 * Rejects with `NetlinkError`: EPERM without CAP_NET_ADMIN, EINVAL on a kernel without ctnetlink.
 *
 * @example
 * import { openConntrack } from '@nfkit/conntrack'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * await using ct = await openConntrack(openMnl())
 * for await (const flow of ct.dump({ protocol: 'tcp', destinationPort: 443 })) console.error(`${flow}`)
 */
export async function openConntrack(transport: Transport): Promise<ConntrackTable> {
  const connection = new Connection(transport, conntrackProtocol)
  transport.receive(connection)
  try {
    await connection.request(requestOf(conntrackMessage.getStats, 0, 0), { advice: openAdvice })
  } catch (error) {
    connection.close()
    throw error
  }
  return new ConntrackTable(connection)
}
