import { errno, messageFlags } from '@nfkit/netlink-codec'
import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import type { Request } from '../../../netlink/request.ts'
import type { Conntrack } from '../../conntrack.ts'
import { listed } from '../../table/attributes.ts'
import type { Connection } from '../../table/connection.ts'
import { defaultZone, type Zone } from '../../table/zone.ts'
import { dump, isDump } from '../dump.ts'
import { readTuple } from '../read-tuple.ts'
import { needsFilter, readFilter } from './filter.ts'

const { rows } = conntrack

/** IPCTNL_MSG_CT_GET and _GET_CTRZERO (ctnetlink_get_conntrack). `zero` resets the counters after they were read. */
export function getConntrack(tracking: Conntrack, request: Request, zero: boolean): number {
  const { attributes, family } = request
  if (isDump(request)) return dumpTable(tracking, request, zero)
  const zone: Zone = { id: attributes.be16(rows.zone) ?? 0, direction: defaultZone.direction }
  const row = attributes.has(rows.tupleOrig) ? rows.tupleOrig : rows.tupleReply
  if (!attributes.has(row)) return errno.EINVAL
  const read = readTuple(attributes, row, family, zone, tracking.profile)
  if (typeof read === 'number') return read
  const found = tracking.table.find(read.tuple, read.zone)
  if (!found) return errno.ENOENT
  const message = entry(tracking, request, found.connection, 2, 0)
  if (zero) reset(found.connection)
  return request.socket.deliver(message, 0) ? 0 : errno.ENOBUFS
}

function dumpTable(tracking: Conntrack, request: Request, zero: boolean): number {
  const { attributes, family } = request
  const { profile } = tracking
  const filtered = needsFilter(attributes, family, profile)
  const filter = filtered ? readFilter(attributes, family, profile) : () => true
  if (typeof filter === 'number') return filter
  const flags = filtered ? messageFlags.dumpFiltered : 0
  return dump(request, entries(tracking, request, filter, flags, zero), profile.filteredDone ? flags : 0)
}

function* entries(
  tracking: Conntrack,
  request: Request,
  filter: (connection: Connection) => boolean,
  flags: number,
  zero: boolean,
): Generator<Uint8Array, undefined> {
  // The walk goes on after the request's bytes may have been reused.
  const { sequence, portId } = request
  const answer = { sequence, portId }
  for (const connection of tracking.table.connections) {
    if (connection.expired(tracking.clock.uptime)) tracking.table.delete(connection, tracking.nobody)
    else if (filter(connection)) {
      const message = entry(tracking, answer, connection, 1, flags)
      if (zero) reset(connection)
      yield message
    }
  }
  return undefined
}

/** The socket an answer is for. */
interface Addressee {
  readonly sequence: number
  readonly portId: number
}

function entry(
  tracking: Conntrack,
  to: Addressee,
  connection: Connection,
  references: number,
  flags: number,
): Uint8Array {
  return encodeMessage(
    {
      type: conntrackMessage.new.type,
      flags: messageFlags.multi | flags,
      sequence: to.sequence,
      portId: to.portId,
      family: connection.original.family,
    },
    conntrack,
    listed(
      connection,
      { profile: tracking.profile, uptime: tracking.clock.uptime },
      references + connection.references,
    ),
  )
}

function reset({ counters }: Connection): void {
  for (const one of counters ?? []) {
    one.packets = 0n
    one.bytes = 0n
  }
}

/** IPCTNL_MSG_CT_GET_DYING: what waits for its destroy event to be delivered. Dumps only. */
export function getDying(tracking: Conntrack, request: Request): number {
  if (!isDump(request)) return errno.EOPNOTSUPP
  const { family, sequence, portId } = request
  const messages = function* (): Generator<Uint8Array, undefined> {
    for (const connection of tracking.table.dying)
      if (family === 0 || family === connection.original.family)
        yield entry(tracking, { sequence, portId }, connection, 1, 0)
    return undefined
  }
  return dump(request, messages())
}

/** IPCTNL_MSG_CT_GET_UNCONFIRMED: empty since 5.19. Dumps only. */
export function getUnconfirmed(request: Request): number {
  return isDump(request) ? dump(request, [][Symbol.iterator]()) : errno.EOPNOTSUPP
}
