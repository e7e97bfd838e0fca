import type { Message } from '@nfkit/netlink-codec'
import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { group, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { entry } from './flow.ts'
import type { Socket } from './socket.ts'
import type { Rule, World } from './world.ts'

/** A rule that asks for connections, without which there are none. */
export const track: Rule = { hook: 'forward', table: 'filter', action: { kind: 'track' } }

/** A socket that hears of the table. */
export function listener(world: World, ...groups: readonly number[]): Socket {
  const socket = world.open()
  for (const one of groups.length > 0 ? groups : [group.conntrackNew, group.conntrackUpdate, group.conntrackDestroy])
    socket.transport.join(one)
  return socket
}

/** The headers of events: type, flags, sequence, port id and family of each. */
export const heads = (messages: readonly Message[]): number[][] =>
  messages.map((message) => [
    message.type,
    message.flags,
    message.sequence,
    message.portId,
    netfilterOf(message).family,
  ])

const kinds = new Map([
  [conntrackMessage.new.type, 'new'],
  [conntrackMessage.delete.type, 'destroy'],
])
/** What events say: `new`, `update` or `destroy`, status, and the state of TCP. */
export async function changes(events: Socket): Promise<(string | number | undefined)[][]> {
  return (await events.messages()).map((message) => {
    const { status: bits, protoinfo } = entry(message)
    const kind = message.type === conntrackMessage.new.type && message.flags === 0 ? 'update' : kinds.get(message.type)!
    const state = protoinfo?.tcp?.state
    return state === undefined ? [kind, bits] : [kind, bits, state]
  })
}
