import { errno } from '@nfkit/netlink-codec'
import { type Connection, NetlinkError, type Transport } from '@nfkit/netlink-transport'
import { LogError, type LogRefusal } from './errors.ts'
import { PacketLog } from './log.ts'
import { checkedOptions, type LogOptions } from './options.ts'
import { bindMessage, commandMessage } from './settings.ts'

const defaultReceiveBuffer = 8 << 20

/**
 * Bind a log group and configure it; resolves when the kernel has acknowledged both, as one request. The log owns the transport and closes
 * it, also when opening fails.
 *
 * Rejects with `LogError` when the kernel refuses (its `reason` says why, its sentence what to do), `TypeError` or `RangeError` for an option that is
 * unknown or out of range, the reason of `signal`, and `TransportError` when the socket fails.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openLog } from '@nfkit/nflog'
 *
 * // nft add rule inet filter input tcp dport 22 log prefix '"ssh "' group 5
 * await using log = await openLog(openMnl(), { group: 5 })
 * for await (const packet of log) console.log(`${packet}`)
 */
export async function openLog(transport: Transport, options: LogOptions): Promise<PacketLog> {
  const log = new PacketLog(transport, options?.group)
  try {
    const { signal, conntrack = 'prefer', receiveBuffer = defaultReceiveBuffer } = checkedOptions(options)
    signal?.throwIfAborted()
    const granted = transport.resize({ receive: receiveBuffer }).receive
    const withFlows = await bind(log.connection, options, conntrack)
    signal?.throwIfAborted()
    log.opened({
      conntrack: withFlows,
      signal,
      warnings: [
        ...(granted < receiveBuffer ? [smaller(granted, receiveBuffer)] : []),
        ...(conntrack === 'prefer' && !withFlows ? [noGlue] : []),
      ],
    })
  } catch (error) {
    await log.close()
    throw error
  }
  return log
}

const noGlue =
  'this kernel does not send connections with packets (it lacks NETFILTER_NETLINK_GLUE_CT, or nf_conntrack_netlink is not loaded): packet.flow stays undefined'

const smaller = (granted: number, wanted: number) =>
  `the receive buffer has ${granted} of ${wanted} bytes: packets are lost sooner under load; CAP_NET_ADMIN lifts the limit, or raise net.core.rmem_max`

/** Bind with all settings in one message; returns whether connections come with packets. */
async function bind(
  connection: Connection,
  options: LogOptions,
  conntrack: 'prefer' | 'require' | 'off',
): Promise<boolean> {
  const { group, signal } = options
  const attempt = (withConntrack: boolean) => connection.request(bindMessage(options, withConntrack), { signal })
  try {
    await attempt(conntrack !== 'off')
    return conntrack !== 'off'
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error
    const lacksGlue = conntrack !== 'off' && error.errno === errno.EOPNOTSUPP
    if (!lacksGlue) throw new LogError(group, await reasonOf(connection, group, error), error)
    if (conntrack === 'require') throw new LogError(group, 'conntrack', error)
    // The kernel refused the message as a whole. Without the flag it shows whether that was what it disliked.
    return bind(connection, options, 'off')
  }
}

async function reasonOf(connection: Connection, group: number, error: NetlinkError): Promise<LogRefusal> {
  switch (error.errno) {
    case errno.EPERM:
      return (await isPermitted(connection, group)) ? 'owned' : 'permission'
    case errno.EBUSY:
      return 'bound'
    case errno.EINVAL:
      // An unknown subsystem has this answer (nfnetlink_rcv_msg).
      return (await isPermitted(connection, group)) ? 'other' : 'module'
    default:
      return 'other'
  }
}

/**
 * Taking the logger of no family off has no effect and always succeeds, even when another program owns the group: only privilege and module
 * are needed (nfulnl_recv_config).
 */
async function isPermitted(connection: Connection, group: number): Promise<boolean> {
  try {
    await connection.request(commandMessage(group, 'pfUnbind'))
    return true
  } catch {
    return false
  }
}
