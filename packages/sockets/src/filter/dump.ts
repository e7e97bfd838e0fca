import { messageFlags, messages } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { encodeSocketRequest, socketMessage, socketState } from '@nfkit/netlink-codec/sock-diag'
import type { Requester } from '@nfkit/netlink-transport'
import { protocolNumberOf, SocketInfo } from '../socket.ts'
import { bytecode } from './bytecode.ts'
import type { SocketConditions } from './filter.ts'

/** Every state there is. */
const allStates = 0xffff_ffff

/** Families are asked for one after another: the kernel has no handler for both (sock_diag_rcv_msg, net/core/sock_diag.c). */
const families = [family.ipv4, family.ipv6]

/** The sockets a filter means, as the kernel walks them. */
export async function* listed(
  requests: Requester,
  filter: SocketConditions,
): AsyncGenerator<SocketInfo, void, undefined> {
  const program = bytecode(filter)
  for (const of of families) {
    for await (const part of requests.dump(request(filter, of, program)))
      for (const message of messages(part)) yield new SocketInfo(message, filter.protocol ?? 'tcp')
  }
}

function request(
  { protocol = 'tcp', states, localPort, remotePort }: SocketConditions,
  of: number,
  program: Uint8Array,
) {
  const question = {
    family: of,
    protocol: protocolNumberOf(protocol),
    states:
      states === undefined ? allStates : states.reduce((bits, state) => bits | (1 << socketState[state]), 0) >>> 0,
    sport: localPort ?? 0,
    dport: remotePort ?? 0,
  }
  const header = { type: socketMessage.byFamily.type, flags: messageFlags.request }
  return encodeSocketRequest(header, question, program.length > 0 ? { bytecode: program } : {})
}
