import { errno, messageFlags } from '@nfkit/netlink-codec'
import { expect, expectFlags, expectMessage, expectNat } from '@nfkit/netlink-codec/conntrack'
import type { Attributes, Row } from '../../../netlink/attributes.ts'
import type { Request } from '../../../netlink/request.ts'
import type { Conntrack } from '../../conntrack.ts'
import type { Connection } from '../../table/connection.ts'
import type { Cause } from '../../table/events.ts'
import type { Tuple } from '../../table/tuple/tuple.ts'
import { defaultZone, type Zone } from '../../table/zone.ts'
import type { Expectation } from '../../track/expectation/expectation.ts'
import { dump, isDump } from '../dump.ts'
import { expectNatPolicy } from '../policies.ts'
import { readTuple } from '../read-tuple.ts'

const { rows } = expect
const { master, tuple, mask } = rows

const zoneIn = (attributes: Attributes): Zone => ({
  id: attributes.be16(rows.zone) ?? 0,
  direction: defaultZone.direction,
})

function tupleIn({ profile }: Conntrack, { attributes, family }: Request, row: Row): Tuple | number {
  const read = readTuple(attributes, row, family, undefined, profile)
  return typeof read === 'number' ? read : read.tuple
}

/** IPCTNL_MSG_EXP_NEW (ctnetlink_new_expect). */
export function newExpectation(tracking: Conntrack, request: Request): number {
  const { attributes, flags } = request
  if (![tuple, mask, master].every((row) => attributes.has(row))) return errno.EINVAL
  const zone = zoneIn(attributes)
  const expected = tupleIn(tracking, request, tuple)
  if (typeof expected === 'number') return expected
  const existing = tracking.expectations.at(expected, zone.id)
  if (!existing) return flags & messageFlags.create ? create(tracking, request, zone) : errno.ENOENT
  if (flags & messageFlags.exclusive) return errno.EEXIST
  const seconds = attributes.be32(rows.timeout)
  if (seconds !== undefined) tracking.expectations.retime(existing, seconds)
  return 0
}

function create(tracking: Conntrack, request: Request, zone: Zone): number {
  const masked = tupleIn(tracking, request, mask)
  if (typeof masked === 'number') return masked
  const of = tupleIn(tracking, request, master)
  if (typeof of === 'number') return of
  const found = tracking.table.find(of, zone)
  return found ? expectFor(tracking, found.connection, request, tracking.causeOf(request)) : errno.ENOENT
}

/** Add the expectation a request or a verdict describes to a connection. */
export function expectFor(
  tracking: Conntrack,
  connection: Connection,
  request: Pick<Request, 'attributes' | 'family'>,
  cause: Cause,
): number {
  const { attributes, family } = request
  const expected = readTuple(attributes, tuple, family, undefined, tracking.profile)
  if (typeof expected === 'number') return expected
  const masked = readTuple(attributes, mask, family, undefined, tracking.profile)
  if (typeof masked === 'number') return masked
  const helper = connection.help?.helper
  if (!helper) return errno.EOPNOTSUPP
  const number = attributes.be32(rows.class) ?? 0
  const limits = helper.classes[number]
  const named = attributes.text(rows.fn)
  if (!limits || (named !== undefined && !helper.functions.includes(named))) return errno.EINVAL
  const translation = readTranslation(tracking, attributes, family)
  if (typeof translation === 'number') return translation
  const expectation: Expectation = {
    id: tracking.random(),
    tuple: expected.tuple,
    mask: masked.tuple,
    master: connection,
    class: number,
    flags: (attributes.be32(rows.flags) ?? 0) & ~expectFlags.userspace,
    helper: attributes.text(rows.helpName),
    function: named,
    translation,
    expires: tracking.clock.uptime + 1000 * limits.timeoutSeconds,
    cancel: () => {},
  }
  return tracking.expectations.add(expectation, limits.max, cause)
}

function readTranslation(
  { profile }: Conntrack,
  attributes: Attributes,
  family: number,
): Expectation['translation'] | number {
  if (!attributes.has(rows.nat)) return undefined
  const nest = attributes.nest(rows.nat, expectNatPolicy)
  if (typeof nest === 'number') return nest
  const direction = nest.be32(expectNat.rows.dir)
  if (direction === undefined || !nest.has(expectNat.rows.tuple)) return errno.EINVAL
  const read = readTuple(nest, expectNat.rows.tuple, family, undefined, profile)
  return typeof read === 'number' ? read : { direction, tuple: read.tuple }
}

/** IPCTNL_MSG_EXP_GET (ctnetlink_get_expect): MASTER, where no TUPLE is given, is taken for the expectation's tuple. */
export function getExpectation(tracking: Conntrack, request: Request): number {
  if (isDump(request)) return dumpExpectations(tracking, request)
  const found = find(tracking, request)
  if (typeof found === 'number') return found
  const { socket, sequence, portId } = request
  const message = tracking.expectations.message(found, expectMessage.new.type, messageFlags.multi, sequence, portId)
  return socket.deliver(message, 0) ? 0 : errno.ENOBUFS
}

function find(tracking: Conntrack, request: Request): Expectation | number {
  const { attributes } = request
  const row = attributes.has(tuple) ? tuple : master
  if (!attributes.has(row)) return errno.EINVAL
  const wanted = tupleIn(tracking, request, row)
  if (typeof wanted === 'number') return wanted
  const found = tracking.expectations.at(wanted, zoneIn(attributes).id)
  const id = attributes.be32(rows.id)
  return found && (id === undefined || id === found.id) ? found : errno.ENOENT
}

/** With MASTER: those of one connection. One without a helper has none, and the kernel says nothing at all then. */
function dumpExpectations(tracking: Conntrack, request: Request): number {
  const { attributes, family, sequence, portId } = request
  let of: Connection | undefined
  if (attributes.has(master)) {
    const wanted = tupleIn(tracking, request, master)
    if (typeof wanted === 'number') return wanted
    of = tracking.table.find(wanted, zoneIn(attributes))?.connection
    if (!of) return errno.ENOENT
    if (!of.help) return 0
  }
  const messages = function* (): Generator<Uint8Array, undefined> {
    for (const one of tracking.expectations.list) {
      if ((of && one.master !== of) || (!of && family !== 0 && one.tuple.family !== family)) continue
      yield tracking.expectations.message(one, expectMessage.new.type, messageFlags.multi, sequence, portId)
    }
    return undefined
  }
  return dump(request, messages())
}

/** IPCTNL_MSG_EXP_DELETE (ctnetlink_del_expect): one, all of a helper, or all. */
export function deleteExpectation(tracking: Conntrack, request: Request): number {
  const { attributes } = request
  const { expectations } = tracking
  const cause = tracking.causeOf(request)
  if (attributes.has(tuple)) {
    const found = find(tracking, request)
    if (typeof found === 'number') return found
    expectations.remove(found, cause)
    return 0
  }
  const name = attributes.text(rows.helpName)
  for (const one of [...expectations.list])
    if (name === undefined || one.master.help?.helper?.name === name) expectations.remove(one, cause)
  return 0
}
