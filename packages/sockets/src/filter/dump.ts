import { messageFlags, messages } from '@nfkit/netlink-codec'
import { encodeSocketRequest, socketMessage, socketState } from '@nfkit/netlink-codec/sock-diag'
import type { Connection } from '@nfkit/netlink-transport'
import { protocolNumberOf, SocketInfo } from '../socket.ts'
import { bytecode } from './bytecode.ts'
import type { SocketFilter } from './filter.ts'

/** Every state there is. */
const allStates = 0xffff_ffff

/** The sockets a filter means, as the kernel walks them. */
export async function* listed(connection: Connection, filter: SocketFilter): AsyncGenerator<SocketInfo, void, undefined> {
  const { protocol = 'tcp', states, localPort = 0, remotePort = 0 } = filter
  const program = bytecode(filter)
  const request = encodeSocketRequest(
    { type: socketMessage.byFamily.type, flags: messageFlags.request },
    {
      family: 0,
      protocol: protocolNumberOf(protocol),
      states: states === undefined ? allStates : states.reduce((bits, state) => bits | (1 << socketState[state]), 0) >>> 0,
      sport: localPort,
      dport: remotePort,
    },
    program.length > 0 ? { bytecode: program } : {},
  )
  for await (const part of connection.dump(request))
    for (const message of messages(part)) yield new SocketInfo(message, protocol)
}
