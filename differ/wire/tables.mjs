import { parseHex } from '@nfkit/inet'
import { attrsOf, messageFlags } from '@nfkit/netlink-codec'
import { logCommand, logConfig, nflogMessage } from '@nfkit/netlink-codec/nflog'
import { encodeMessage, netfilter, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { netfilterPayload, rawMessage } from '../../test/behaviour/request.ts'

/** What is written down as data, as the codec takes it: `{ hex }` is bytes, and `5n` a long number. */
function valueFrom(written) {
  if (Array.isArray(written)) return written.map(valueFrom)
  if (typeof written === 'string') return /^\d+n$/.test(written) ? BigInt(written.slice(0, -1)) : written
  if (typeof written !== 'object' || written === null) return written
  if (typeof written.hex === 'string') return parseHex(written.hex)
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, valueFrom(value)]))
}

const edge = (type) => rawMessage({ type, flags: messageFlags.request, payload: netfilterPayload(subsystem.nftables) })

const protocol = netfilter(nftMessage)

/** Messages of nf_tables as one transaction. */
export function batchFrom(messages, socket) {
  const inner = messages.map(({ kind, family, flags, value }) =>
    encodeMessage(
      { type: nftMessage[kind].type, flags: messageFlags.request | flags, family },
      nftMessage[kind].table,
      valueFrom(value),
    ),
  )
  return [edge(0x10), ...inner, edge(0x11)].map((bytes) => ({ bytes, socket }))
}

/** Reads all there is of a kind. */
export const listed = (kind, family, value = {}) =>
  encodeMessage({ type: nftMessage[kind].type, flags: messageFlags.request, family }, nftMessage[kind].table, value)

/** Whether a message is about a table of a program, or what observes it, and not about one of iptables: all name it alike. */
export const isOfPrograms = (message) =>
  /^(t\d|observer)$/.test(attrsOf(protocol, message).get(nftMessage.getRule.table.rows.table))

/** Whether a message of a dump has elements: how many have none depends on when the kernel collects what is dead. */
export const hasElements = (message) => {
  const { elements } = nftMessage.getElements.table.rows
  return attrsOf(protocol, message).get(elements)?.length > 0
}

/** Binds a log group, whose packets come at once. */
export const listening = (group) =>
  encodeMessage({ type: nflogMessage.config.type, flags: messageFlags.request, resourceId: group }, logConfig, {
    cmd: { command: logCommand.bind },
    qthresh: 1,
  })
