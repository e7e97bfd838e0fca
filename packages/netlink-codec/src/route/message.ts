import { type Header, headerSize, type Message, putHeader } from '../message/message.ts'
import type { MessageType, Protocol } from '../message/protocol.ts'
import { Attrs } from '../schema/attrs.ts'
import { read } from '../schema/decode.ts'
import { encode, write } from '../schema/encode.ts'
import type { Value } from '../schema/shape.ts'
import { Writer } from '../schema/writer.ts'
import { DecodeError } from '../wire/errors.ts'
import { type RoutingRule, routingRule, ruleHeader } from './table.ts'

/** The messages about routing rules (include/uapi/linux/rtnetlink.h). */
export const routeMessage = {
  newRule: { type: 32, name: 'RTM_NEWRULE', table: routingRule, answer: routingRule },
  deleteRule: { type: 33, name: 'RTM_DELRULE', table: routingRule, answer: routingRule },
  getRule: { type: 34, name: 'RTM_GETRULE', table: routingRule, answer: routingRule },
} as const satisfies { readonly [name: string]: MessageType }

/** The protocol NETLINK_ROUTE, as far as it tells of routing rules. Messages about links, addresses and routes have other headers: they are not to be read with it. */
export const rtnetlink: Protocol = {
  number: 0,
  name: 'NETLINK_ROUTE',
  typeOf: (type) => Object.values(routeMessage).find((known) => known.type === type),
  nameOf: (type) => rtnetlink.typeOf(type)?.name ?? `NETLINK_ROUTE message ${type}`,
  headerOf: () => ruleHeader,
}

const blank: Value<typeof ruleHeader> = {
  family: 0,
  dstLen: 0,
  srcLen: 0,
  tos: 0,
  table: 0,
  res1: 0,
  res2: 0,
  action: 0,
  flags: 0,
}

/**
 * Build a message about a routing rule; what is left out of its header is 0. Throws `EncodeError`.
 *
 * @example
 * import { messageFlags } from '@nfkit/netlink-codec'
 * import { encodeRoutingRule, routeMessage } from '@nfkit/netlink-codec/route'
 *
 * export const allOfIpv4 = encodeRoutingRule(
 *   { type: routeMessage.getRule.type, flags: messageFlags.request | messageFlags.dump },
 *   { family: 2 },
 * )
 */
export function encodeRoutingRule(
  header: Header,
  about: Partial<Value<typeof ruleHeader>>,
  attributes: RoutingRule = {},
): Uint8Array {
  const writer = new Writer()
  writer.reserve(headerSize + ruleHeader.size)
  encode(writer, routingRule, attributes)
  const bytes = writer.copy()
  write(bytes, headerSize, ruleHeader, { ...blank, ...about }, 'fib_rule_hdr')
  putHeader(bytes, header)
  return bytes
}

/** Read a message about a routing rule: its header, and what follows, to be read with the rows of `routingRule`. Throws `DecodeError` when it is too short. */
export function routingRuleOf({ bytes, start, end }: Message): {
  readonly header: Value<typeof ruleHeader>
  readonly attrs: Attrs
} {
  const at = start + headerSize
  const { size } = ruleHeader
  if (end - at < size) throw new DecodeError('fib_rule_hdr', start, `${end - at} bytes, expected ${size}`)
  return {
    header: read(ruleHeader, bytes, at, size, 0) as Value<typeof ruleHeader>,
    attrs: new Attrs(bytes, at + size, end),
  }
}
