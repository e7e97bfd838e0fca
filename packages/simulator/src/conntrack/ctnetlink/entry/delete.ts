import { errno } from '@nfkit/netlink-codec'
import { conntrack } from '@nfkit/netlink-codec/conntrack'
import type { Request } from '../../../netlink/request.ts'
import type { Conntrack } from '../../conntrack.ts'
import { defaultZone, type Zone } from '../../table/zone.ts'
import { readTuple } from '../read-tuple.ts'
import { needsFilter, readFilter } from './filter.ts'

const { rows } = conntrack

/** IPCTNL_MSG_CT_DELETE: one connection by tuple, or all that a filter leaves (ctnetlink_del_conntrack). */
export function deleteConntrack(tracking: Conntrack, request: Request): number {
  const { attributes, family } = request
  const zone: Zone = { id: attributes.be16(rows.zone) ?? 0, direction: defaultZone.direction }
  const filters = tracking.profile.flushFilter && attributes.has(rows.filter)
  const row = attributes.has(rows.tupleOrig) ? rows.tupleOrig : rows.tupleReply
  if (!attributes.has(row) || filters) return flush(tracking, request)
  const read = readTuple(attributes, row, family, zone, tracking.profile)
  if (typeof read === 'number') return read
  const found = tracking.table.find(read.tuple, read.zone)
  if (!found) return errno.ENOENT
  const id = attributes.be32(rows.id)
  if (id !== undefined && id !== found.connection.id) return errno.ENOENT
  tracking.table.delete(found.connection, tracking.causeOf(request))
  return 0
}

function flush(tracking: Conntrack, request: Request): number {
  const { attributes, version } = request
  const { profile, table } = tracking
  const selects = version !== 0 || (profile.flushFilter && attributes.has(rows.filter))
  const family = selects ? request.family : 0
  if (!profile.flushFilter && attributes.has(rows.filter)) return errno.EOPNOTSUPP
  const filter = needsFilter(attributes, family, profile) ? readFilter(attributes, family, profile) : () => true
  if (typeof filter === 'number') return filter
  const cause = tracking.causeOf(request)
  for (const connection of table.all) if (filter(connection)) table.delete(connection, cause)
  return 0
}
