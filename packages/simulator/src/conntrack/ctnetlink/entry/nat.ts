import { conntrack, nat, natProto } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Attributes, Row } from '../../../netlink/attributes.ts'
import type { Connection } from '../../table/connection.ts'
import { type IsFree, type Translation, translate } from '../../track/translate.ts'
import { natPolicy, natProtoPolicy } from '../policies.ts'

/** CTA_NAT_DST and CTA_NAT_SRC of a connection to be made: one of them sets up both directions (ctnetlink_setup_nat). */
export function setUpTranslation(connection: Connection, attributes: Attributes, isFree: IsFree): number {
  const { natDst, natSrc } = conntrack.rows
  if (!attributes.has(natDst) && !attributes.has(natSrc)) return 0
  const destination = readTranslation(attributes, natDst, connection.original.family)
  if (typeof destination === 'number') return destination
  const refused = translate(connection, destination, false, isFree)
  if (refused) return refused
  const source = readTranslation(attributes, natSrc, connection.original.family)
  return typeof source === 'number' ? source : translate(connection, source, true, isFree)
}

function readTranslation(attributes: Attributes, row: Row, of: number): Translation | number {
  if (!attributes.has(row)) return { address: undefined, ports: undefined }
  const nest = attributes.nest(row, natPolicy)
  if (typeof nest === 'number') return nest
  const v4 = of === family.ipv4
  const address = nest.payload(v4 ? nat.rows.v4Minip : nat.rows.v6Minip)?.subarray(0, v4 ? 4 : 16)
  if (!nest.has(nat.rows.proto)) return { address, ports: undefined }
  const proto = nest.nest(nat.rows.proto, natProtoPolicy)
  if (typeof proto === 'number') return proto
  const min = proto.be16(natProto.rows.portMin)
  const max = proto.be16(natProto.rows.portMax) ?? min
  return { address, ports: max === undefined ? undefined : { min: min ?? 0, max } }
}
