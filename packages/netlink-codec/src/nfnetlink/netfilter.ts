import type { Protocol } from '../message/protocol.ts'
import { constant } from '../schema/table.ts'
import { batchMessage } from './batch.ts'
import { subsystem } from './constants.ts'
import type { Family } from './family.ts'
import { nfgenmsg } from './header.ts'

/**
 * The protocol NETLINK_NETFILTER with the families that are given; messages of others are read, with their attributes as unknown ones.
 *
 * @example
 * import { format, messages } from '@nfkit/netlink-codec'
 * import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
 * import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
 *
 * const protocol = netfilter(conntrackMessage)
 * export const print = (datagram: Uint8Array) => {
 *   for (const message of messages(datagram)) console.log(format(message, protocol))
 * }
 */
export function netfilter(...families: readonly Family[]): Protocol {
  const byType = new Map(
    [batchMessage, ...families].flatMap((of) => Object.values(of).map((known) => [known.type, known] as const)),
  )
  return {
    number: 12,
    name: 'NETLINK_NETFILTER',
    typeOf: (type) => byType.get(type),
    nameOf: (type) => byType.get(type)?.name ?? `${subsystemName(type >> 8)} message ${type & 0xff}`,
    headerOf: () => nfgenmsg,
  }
}

function subsystemName(number: number): string {
  const key = Object.keys(subsystem).find((name) => subsystem[name as keyof typeof subsystem] === number)
  return key === undefined ? `netfilter subsystem ${number}` : `NFNL_SUBSYS_${constant(key)}`
}
