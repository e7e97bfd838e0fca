import { errno, messageFlags } from '@nfkit/netlink-codec'
import { conntrack, status } from '@nfkit/netlink-codec/conntrack'
import type { Request } from '../../../netlink/request.ts'
import type { Conntrack } from '../../conntrack.ts'
import { change } from '../../table/change.ts'
import type { Connection } from '../../table/connection.ts'
import { startProtocol } from '../../table/state/start.ts'
import type { Tuple } from '../../table/tuple/tuple.ts'
import { defaultZone, type Zone } from '../../table/zone.ts'
import { isFree } from '../../track/clash.ts'
import { readTuple } from '../read-tuple.ts'
import { setUpTranslation } from './nat.ts'
import { changeProtoinfo } from './protoinfo.ts'
import {
  boundedSeconds,
  changeLabels,
  changeMark,
  changeSequences,
  changeStatus,
  changeSynproxy,
  changeTimeout,
  helperInfo,
  readHelp,
} from './update.ts'

const { rows } = conntrack

/** What an event tells after a request, even when the request changed nothing of it. */
const always =
  change.reply | change.assured | change.helper | change.protoinfo | change.seqadj | change.mark | change.synproxy

/** IPCTNL_MSG_CT_NEW: create or update (ctnetlink_new_conntrack). */
export function newConntrack(tracking: Conntrack, request: Request): number {
  const { attributes, flags, family } = request
  let zone: Zone = { id: attributes.be16(rows.zone) ?? 0, direction: defaultZone.direction }
  const tuples: (Tuple | undefined)[] = []
  for (const row of [rows.tupleOrig, rows.tupleReply]) {
    const read = attributes.has(row) ? readTuple(attributes, row, family, zone, tracking.profile) : undefined
    if (typeof read === 'number') return read
    if (read) zone = read.zone
    tuples.push(read?.tuple)
  }
  const [original, reply] = tuples
  const wanted = original ?? reply
  const found = wanted && tracking.table.find(wanted, zone)
  if (found) {
    if (flags & messageFlags.exclusive) return errno.EEXIST
    const failed = update(tracking, found.connection, request)
    if (failed) return failed
    tracking.events.tell(found.connection, always | change.label, tracking.causeOf(request))
    return 0
  }
  if (!(flags & messageFlags.create)) return errno.ENOENT
  if (!original || !reply || original.protocol !== reply.protocol) return errno.EINVAL
  return create(tracking, request, original, reply, zone)
}

function create(tracking: Conntrack, request: Request, original: Tuple, reply: Tuple, zone: Zone): number {
  const { table, profile, events } = tracking
  const { attributes } = request
  const connection = table.create(original, reply, zone)
  if (!connection) return errno.ENOMEM
  const seconds = attributes.be32(rows.timeout)
  if (seconds === undefined) return errno.EINVAL
  connection.expires = 1000 * boundedSeconds(seconds, profile.hertz)
  startProtocol(connection, profile)
  const refused =
    attachHelper(tracking, connection, request) || setUpTranslation(connection, attributes, isFree(tracking))
  if (refused) return refused
  table.extend(connection)
  const none = { correctionPos: 0, offsetBefore: 0, offsetAfter: 0 }
  connection.sequences = [{ ...none }, { ...none }]
  if (profile.synproxy) connection.synproxy = { isn: 0, its: 0, tsoff: 0 }
  connection.status |= status.confirmed
  const failed = fill(connection, request) || adopt(tracking, connection, request)
  if (failed) return failed
  const clashed = table.insert(connection)
  if (clashed) {
    table.statistics.insertFailed++
    return clashed
  }
  table.statistics.insert++
  if (connection.master) connection.master.references++
  const labelled = attributes.has(rows.labels) && changeLabels(connection, attributes) === 0
  const made = connection.has(status.expected) ? change.related : change.new
  events.tell(connection, always | made | (labelled ? change.label : 0), tracking.causeOf(request))
  return 0
}

function attachHelper(tracking: Conntrack, connection: Connection, { attributes }: Request): number {
  if (!attributes.has(rows.help)) return 0
  const given = readHelp(attributes)
  if (typeof given === 'number') return given
  const helper = tracking.helperFor(given.name, connection.original)
  if (!helper) return errno.EOPNOTSUPP
  // The kernel copies the given data before it sets the helper, which throws the data away (ctnetlink_create_conntrack).
  connection.help = { helper, info: helperInfo(helper.privateLength, undefined) }
  connection.status |= status.helper
  return 0
}

function fill(connection: Connection, { attributes }: Request): number {
  const bits = attributes.be32(rows.status)
  const failed =
    (bits !== undefined && changeStatus(connection, bits)) ||
    changeSequences(connection, attributes) ||
    (attributes.has(rows.protoinfo) && changeProtoinfo(connection, attributes)) ||
    (attributes.has(rows.synproxy) && changeSynproxy(connection, attributes))
  if (failed) return failed
  if (attributes.has(rows.mark)) changeMark(connection, attributes)
  return 0
}

function adopt(tracking: Conntrack, connection: Connection, { attributes, family }: Request): number {
  if (!attributes.has(rows.tupleMaster)) return 0
  const read = readTuple(attributes, rows.tupleMaster, family, undefined, tracking.profile)
  if (typeof read === 'number') return read
  const master = tracking.table.find(read.tuple, connection.zone)
  if (!master) return errno.ENOENT
  connection.status |= status.expected
  connection.master = master.connection
  return 0
}

/** In the kernel's order; what was changed before an error stays changed (ctnetlink_change_conntrack). */
function update(tracking: Conntrack, connection: Connection, request: Request): number {
  const { attributes } = request
  const { clock, profile } = tracking
  if ([rows.natSrc, rows.natDst, rows.tupleMaster].some((row) => attributes.has(row))) return errno.EOPNOTSUPP
  const seconds = attributes.be32(rows.timeout)
  const bits = attributes.be32(rows.status)
  const failed =
    (attributes.has(rows.help) && changeHelper(tracking, connection, request)) ||
    (seconds !== undefined && changeTimeout(connection, seconds, clock.uptime, profile.hertz)) ||
    (bits !== undefined && changeStatus(connection, bits)) ||
    (attributes.has(rows.protoinfo) && changeProtoinfo(connection, attributes))
  if (failed) return failed
  if (attributes.has(rows.mark)) changeMark(connection, attributes)
  return (
    changeSequences(connection, attributes) ||
    (attributes.has(rows.synproxy) && changeSynproxy(connection, attributes)) ||
    (attributes.has(rows.labels) && changeLabels(connection, attributes)) ||
    0
  )
}

/** CTA_HELP of an existing connection (ctnetlink_change_helper); also in verdicts. */
export function changeHelper(
  tracking: Conntrack,
  connection: Connection,
  { attributes }: Pick<Request, 'attributes'>,
): number {
  const given = readHelp(attributes)
  if (typeof given === 'number') return given
  const { help } = connection
  if (connection.master) return help?.helper?.name === given.name ? 0 : errno.EBUSY
  if (given.name === '' && tracking.profile.helperCanBeCleared) {
    if (help?.helper) {
      tracking.expectations.removeOf(connection)
      help.helper = undefined
    }
    return 0
  }
  const helper = tracking.helperFor(given.name, connection.original)
  if (!helper || !help) return errno.EOPNOTSUPP
  if (help.helper?.name !== helper.name) return errno.EBUSY
  help.info = helperInfo(helper.privateLength, given.info, help.info)
  return 0
}
