import type { MessageType, Protocol } from '../message/protocol.ts'
import type { Table } from '../schema/shape.ts'
import { constant } from '../schema/table.ts'
import { subsystem } from './constants.ts'
import { nfgenmsg } from './header.ts'

/** The messages of one family, by name: `nfqueueMessage`, `conntrackMessage`, … */
export type Family = { readonly [name: string]: MessageType }

/** One type of message: the subsystem is the high byte of its number. */
export const messageOf = (
  name: string,
  system: number,
  number: number,
  table: Table,
  answer: Table = table,
): MessageType => ({ type: (system << 8) | number, name, table, answer })

const batch: { readonly [type: number]: string } = { 16: 'NFNL_MSG_BATCH_BEGIN', 17: 'NFNL_MSG_BATCH_END' }

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
  const byType = new Map(families.flatMap((of) => Object.values(of).map((known) => [known.type, known] as const)))
  return {
    number: 12,
    name: 'NETLINK_NETFILTER',
    typeOf: (type) => byType.get(type),
    nameOf: (type) => byType.get(type)?.name ?? batch[type] ?? `${subsystemName(type >> 8)} message ${type & 0xff}`,
    headerOf: () => nfgenmsg,
  }
}

function subsystemName(number: number): string {
  const key = Object.keys(subsystem).find((name) => subsystem[name as keyof typeof subsystem] === number)
  return key === undefined ? `netfilter subsystem ${number}` : `NFNL_SUBSYS_${constant(key)}`
}
