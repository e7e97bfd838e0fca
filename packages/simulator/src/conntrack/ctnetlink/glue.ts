import { Writer } from '@nfkit/netlink-codec'
import { conntrack, expect } from '@nfkit/netlink-codec/conntrack'
import { ctInfo, nfqa } from '@nfkit/netlink-codec/nfqueue'
import type { Attributes } from '../../netlink/attributes.ts'
import type { Packet } from '../../packet.ts'
import type { ConnectionPart } from '../../packet-message/connection-part.ts'
import type { Conntrack } from '../conntrack.ts'
import { writeGlued } from '../table/glued.ts'
import { changeHelper } from './entry/new.ts'
import { changeLabels, changeMark, changeTimeout, replaceStatus } from './entry/update.ts'
import { expectFor } from './objects/expectation.ts'
import { conntrackPolicy, expectPolicy } from './policies.ts'

/** Each message copies it before the next is made. */
const writer = new Writer()

/** NFQA_CT and NFQA_CT_INFO of a queued packet, where the kernel was built to tell and the packet has a connection. */
export function connectionPart(tracking: Conntrack, { connection, ctInfo: info }: Packet): ConnectionPart | undefined {
  if (!tracking.profile.glue || !connection || info === ctInfo.untracked) return undefined
  writer.clear()
  writeGlued(writer, connection, tracking.clock.uptime)
  return { bytes: writer.bytes, info }
}

const { rows } = conntrack

/** NFQA_CT and NFQA_EXP of a verdict: the first error ends the list, and is not told (ctnetlink_glue_parse_ct). */
export function applyConnection(tracking: Conntrack, packet: Packet, verdict: Attributes): void {
  const { connection } = packet
  if (!tracking.profile.glue || !connection) return
  const attributes = verdict.nest(nfqa.rows.ct, conntrackPolicy(tracking.profile.eventTimestamp))
  if (typeof attributes === 'number') return
  const { clock, profile } = tracking
  const seconds = attributes.be32(rows.timeout)
  const bits = attributes.be32(rows.status)
  const failed =
    (seconds !== undefined && changeTimeout(connection, seconds, clock.uptime, profile.hertz)) ||
    (bits !== undefined && replaceStatus(connection, bits)) ||
    (attributes.has(rows.help) && changeHelper(tracking, connection, { attributes })) ||
    (attributes.has(rows.labels) && changeLabels(connection, attributes))
  if (!failed && attributes.has(rows.mark)) changeMark(connection, attributes)
  if (!verdict.has(nfqa.rows.exp)) return
  const expected = verdict.nest(nfqa.rows.exp, expectPolicy)
  if (typeof expected === 'number' || !expected.has(expect.rows.tuple) || !expected.has(expect.rows.mask)) return
  expectFor(tracking, connection, { attributes: expected, family: connection.original.family }, tracking.nobody)
}
