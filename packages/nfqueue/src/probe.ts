import { errno } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, queueConfig, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import { Connection, NetlinkError, type Transport } from '@nfkit/netlink-transport'
import { queueProtocol } from './protocol.ts'
import { commandMessage } from './settings/settings.ts'

/** What a kernel and this program's privileges allow, found out without touching any queue. */
export interface Support {
  /** Whether queues may be opened: CAP_NET_ADMIN. */
  readonly permitted: boolean
  /** Whether the kernel has nfnetlink_queue; `undefined` without permission, when the kernel does not say. */
  readonly queues: boolean | undefined
  /** Whether it sends connections with packets (NETFILTER_NETLINK_GLUE_CT, nf_conntrack_netlink). */
  readonly conntrack: boolean | undefined
  /** Whether it sends security labels with packets (NETWORK_SECMARK). */
  readonly secctx: boolean | undefined
}

/**
 * Ask the kernel what it supports. Closes the transport. Rejects with `TransportError` when the socket fails.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { probe } from '@nfkit/nfqueue'
 *
 * const { permitted, queues, conntrack } = await probe(openMnl())
 * console.log(permitted, queues, conntrack) // true true true
 */
export async function probe(transport: Transport): Promise<Support> {
  const connection = new Connection(transport, queueProtocol)
  transport.receive(connection)
  const answer = async (message: Uint8Array): Promise<number> => {
    try {
      await connection.request(message)
      return 0
    } catch (error) {
      if (error instanceof NetlinkError) return error.errno
      throw error
    }
  }
  try {
    // No effect and always a success since Linux 3.8, where there are permission and module.
    const harmless = await answer(commandMessage(0, 'pfBind'))
    if (harmless === errno.EPERM)
      return { permitted: false, queues: undefined, conntrack: undefined, secctx: undefined }
    if (harmless !== 0) return { permitted: true, queues: false, conntrack: undefined, secctx: undefined }
    // Flags are checked before the queue is looked up, and owned queues refuse everything else (nfqnl_recv_config).
    const has = async (flag: number) => (await answer(flagMessage(flag))) !== errno.EOPNOTSUPP
    return {
      permitted: true,
      queues: true,
      conntrack: await has(queueFlags.conntrack),
      secctx: await has(queueFlags.secctx),
    }
  } finally {
    connection.close()
  }
}

/** Sets a flag of a queue that this socket has not bound: it is refused in any case, and why tells. */
function flagMessage(flag: number): Uint8Array {
  const header = { type: nfqueueMessage.config.type, flags: 0, resourceId: 0xffff }
  return encodeMessage(header, queueConfig, { mask: flag, flags: flag })
}
