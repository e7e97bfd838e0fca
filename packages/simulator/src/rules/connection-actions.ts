import { parseAddress, parseEnd } from '@nfkit/inet'
import { status } from '@nfkit/netlink-codec/conntrack'
import type { Conntrack } from '../conntrack/conntrack.ts'
import { change } from '../conntrack/table/change.ts'
import type { Connection } from '../conntrack/table/connection.ts'
import { isFree } from '../conntrack/track/clash.ts'
import { translate } from '../conntrack/track/translate.ts'
import type { Packet } from '../packet.ts'
import { marked } from './mark.ts'
import type { Rule } from './rule.ts'

/** What a rule does to a packet's connection, or has in store for it where connection tracking comes later. */
export function changeConnection(tracking: Conntrack, packet: Packet, rule: Rule): void {
  const { connection } = packet
  const { helper, timeoutPolicy, zone } = rule
  if (helper !== undefined || timeoutPolicy !== undefined || zone !== undefined) {
    // Of several rules the first one counts (xt_ct_target).
    if (!connection) packet.template ??= { helper, timeoutPolicy, zone }
    else if (!connection.confirmed) tracking.applyTemplate(connection, rule)
  }
  if (!connection) return
  for (const [to, source] of [
    [rule.snat, true],
    [rule.dnat, false],
  ] as const)
    if (to !== undefined && !connection.confirmed) translateTo(tracking, connection, to, source)
  if (rule.setConnmark !== undefined) {
    const mark = marked(connection.mark, rule.setConnmark)
    if (mark !== connection.mark) tracking.events.note(connection, change.mark)
    connection.mark = mark
  }
  if (rule.setLabel !== undefined) label(tracking, packet, rule.setLabel)
}

function translateTo(tracking: Conntrack, connection: Connection, to: string, source: boolean): void {
  if (connection.has(source ? status.srcNatDone : status.dstNatDone)) return
  const end = parseEnd(to)
  if (!end) throw new RangeError(`${to} is no address, and no address with a port`)
  const { address, port } = end
  const ports = port === undefined ? undefined : { min: port, max: port }
  translate(connection, { address: parseAddress(address)!, ports }, source, isFree(tracking))
}

function label(tracking: Conntrack, { connection }: Packet, number: number): void {
  const labels = connection?.labels
  const bit = 1 << (number % 8)
  if (!connection || !labels || !(number >= 0 && number < 128) || labels[number >> 3]! & bit) return
  labels[number >> 3] = labels[number >> 3]! | bit
  tracking.events.note(connection, change.label)
}
