import {
  conntrack,
  encodeMessage,
  errno,
  messageFlags,
  messageType,
  statsCpu,
  statsExpect,
  statsGlobal,
} from '@nfkit/netlink-codec'
import { dumping, type Request } from '../netlink/request.ts'
import type { Connection } from './connection.ts'
import type { Conntrack } from './conntrack.ts'
import { listed } from './details.ts'
import { needsFilter, readFilter } from './filter.ts'
import { readTuple } from './read-tuple.ts'
import { defaultZone, type Zone } from './zone.ts'

const { rows } = conntrack

export const isDump = ({ flags }: Request): boolean => (flags & messageFlags.dump) !== 0

/** Begin a dump as its request wants it. */
export function dump(request: Request, messages: Iterator<Uint8Array>, doneFlags = 0): number {
  return request.socket.startDump(messages, request.bytes, request.start, doneFlags) || dumping
}

/** IPCTNL_MSG_CT_GET and _GET_CTRZERO (ctnetlink_get_conntrack). `zero` resets the counters after they were read. */
export function getConntrack(tracking: Conntrack, request: Request, zero: boolean): number {
  const { attributes, family } = request
  if (isDump(request)) return dumpTable(tracking, request, zero)
  const zone: Zone = { id: attributes.be16(rows.zone) ?? 0, direction: defaultZone.direction }
  const row = attributes.has(rows.tupleOrig) ? rows.tupleOrig : rows.tupleReply
  if (!attributes.has(row)) return errno.EINVAL
  const read = readTuple(attributes, row, family, zone)
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

/** Who an answer is for. */
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
      type: messageType.conntrackNew.type,
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

/** IPCTNL_MSG_CT_GET_STATS_CPU: one message for each processor. Without the dump flag nothing happens. */
export function getCpuStatistics(tracking: Conntrack, request: Request): number {
  if (!isDump(request)) return 0
  const { sequence, portId } = request
  const { processors } = tracking.settings
  const messages = Array.from({ length: processors }, (_, processor) => {
    const { statistics } = tracking.table
    const of = <K extends keyof typeof statistics>(key: K) => (processor === 0 ? statistics[key] : 0)
    return encodeMessage(
      {
        type: messageType.conntrackGetStatsCpu.type,
        flags: messageFlags.multi,
        sequence,
        portId,
        resourceId: processor,
      },
      statsCpu,
      {
        found: of('found'),
        invalid: of('invalid'),
        insert: of('insert'),
        insertFailed: of('insertFailed'),
        drop: of('drop'),
        earlyDrop: of('earlyDrop'),
        error: of('error'),
        searchRestart: of('searchRestart'),
        clashResolve: of('clashResolve'),
        chainToolong: of('chainToolong'),
      },
    )
  })
  return dump(request, messages[Symbol.iterator]())
}

/** IPCTNL_MSG_CT_GET_STATS: one message, whatever flags were given. */
export function getStatistics(tracking: Conntrack, { socket, sequence, portId }: Request): number {
  const message = encodeMessage(
    { type: messageType.conntrackGetStats.type, flags: messageFlags.multi, sequence, portId },
    statsGlobal,
    { entries: tracking.table.count, maxEntries: tracking.settings.max },
  )
  return socket.deliver(message, 0) ? 0 : errno.ENOBUFS
}

/** IPCTNL_MSG_EXP_GET_STATS_CPU: the answers are of a type of the other subsystem. */
export function getExpectStatistics(tracking: Conntrack, request: Request): number {
  if (!isDump(request)) return 0
  const { sequence, portId } = request
  const messages = Array.from({ length: tracking.settings.processors }, (_, processor) => {
    const { expectNew, expectCreate, expectDelete } = tracking.table.statistics
    return encodeMessage(
      {
        type: messageType.conntrackGetCtrzero.type,
        flags: messageFlags.multi,
        sequence,
        portId,
        resourceId: processor,
      },
      statsExpect,
      processor === 0
        ? { new: expectNew, create: expectCreate, delete: expectDelete }
        : { new: 0, create: 0, delete: 0 },
    )
  })
  return dump(request, messages[Symbol.iterator]())
}
