import { messageFlags } from '@nfkit/netlink-codec'
import { encodeRoutingRule, routeMessage, routingRule, routingRuleOf, rtnetlink } from '@nfkit/netlink-codec/route'
import { Connection, entries, type Transport } from '@nfkit/netlink-transport'
import { allBits, compared, type MarkUse } from './use.ts'

/** A rule of routing that looks at marks. */
export interface RoutingUse {
  readonly text: string
  readonly uses: readonly MarkUse[]
}

const { rows } = routingRule

/** The rules of routing that look at marks, of every family. Closes the transport. Rejects with `NetlinkError`, and as requests do. */
export async function routingUses(transport: Transport): Promise<readonly RoutingUse[]> {
  const connection = new Connection(transport, rtnetlink)
  transport.receive(connection)
  const flags = messageFlags.request | messageFlags.dump
  const request = encodeRoutingRule({ type: routeMessage.getRule.type, flags }, {})
  const found: RoutingUse[] = []
  try {
    for await (const message of entries(connection, request)) {
      const { attrs } = routingRuleOf(message)
      const [mark, priority = 0, table] = [attrs.get(rows.fwmark), attrs.get(rows.priority), attrs.get(rows.table)]
      const mask = attrs.get(rows.fwmask) ?? allBits
      if (mark === undefined) continue
      const to = table === undefined ? '' : ` lookup ${table}`
      const text = `${priority}: fwmark 0x${mark.toString(16)}/0x${mask.toString(16)}${to}`
      found.push({ text, uses: [compared('packet', mask, mark)] })
    }
  } finally {
    connection.close()
  }
  return found
}
