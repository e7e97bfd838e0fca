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
  if (rule.setConnmark !== undefined) setConnmark(tracking, connection, marked(connection.mark, rule.setConnmark))
  if (rule.setLabel !== undefined) label(tracking, connection, rule.setLabel)
}

/** Give a connection another mark, and note it for its events. */
export function setConnmark({ events }: Conntrack, connection: Connection, mark: number): void {
  if (mark !== connection.mark) events.note(connection, change.mark)
  connection.mark = mark
}

/** Set labels besides those a connection has, where it has room for them, and note it for its events (nf_connlabels_replace). */
export function labelled({ events }: Conntrack, connection: Connection, more: Uint8Array): void {
  const { labels } = connection
  if (!labels?.some((byte, i) => (more[i]! & ~byte) !== 0)) return
  for (const [i, byte] of more.entries()) labels[i]! |= byte
  events.note(connection, change.label)
}

function translateTo(tracking: Conntrack, connection: Connection, to: string, source: boolean): void {
  if (connection.has(source ? status.srcNatDone : status.dstNatDone)) return
  const end = parseEnd(to)
  if (!end) throw new RangeError(`${to} is no address, and no address with a port`)
  const { address, port } = end
  const ports = port === undefined ? undefined : { min: port, max: port }
  translate(connection, { address: parseAddress(address)!, ports }, source, isFree(tracking))
}

function label(tracking: Conntrack, connection: Connection, number: number): void {
  if (!(number >= 0 && number < labelBits)) return
  const bits = new Uint8Array(labelBits / 8)
  bits[number >> 3] = 1 << (number % 8)
  labelled(tracking, connection, bits)
}

const labelBits = 128
