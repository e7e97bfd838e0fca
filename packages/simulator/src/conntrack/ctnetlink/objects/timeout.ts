import { putBe32 } from '@nfkit/inet/bytes'
import { align, errno, messageFlags, putU16 } from '@nfkit/netlink-codec'
import { timeoutMessage, timeoutPolicy } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import type { Attributes } from '../../../netlink/attributes.ts'
import { policyWith, u32 } from '../../../netlink/policy.ts'
import type { Request } from '../../../netlink/request.ts'
import type { Conntrack } from '../../conntrack.ts'
import type { TimeoutObject } from '../../objects/timeout-object.ts'
import { dump, isDump } from '../dump.ts'

const { rows } = timeoutPolicy

/** The protocol whose defaults apply: of those without timeouts of their own there is only the generic one, which has a number. */
const defaultsOf = (tracking: Conntrack, number: number): number[] | undefined => tracking.timeouts.get(number)

/** IPCTNL_MSG_TIMEOUT_NEW (cttimeout_new_timeout, net/netfilter/nfnetlink_cttimeout.c). */
export function newTimeout(tracking: Conntrack, { attributes, flags }: Request): number {
  const name = attributes.text(rows.name)
  const l3proto = attributes.be16(rows.l3proto)
  const l4proto = attributes.u8(rows.l4proto)
  if (name === undefined || l3proto === undefined || l4proto === undefined || !attributes.has(rows.data))
    return errno.EINVAL
  const existing = tracking.timeoutObjects.get(name)
  if (existing) {
    if (flags & messageFlags.exclusive) return errno.EEXIST
    if (!(flags & messageFlags.replace)) return errno.EBUSY
    if (existing.l3proto !== l3proto || existing.l4proto !== l4proto) return errno.EINVAL
  }
  const defaults = defaultsOf(tracking, l4proto)
  if (!defaults) return errno.EOPNOTSUPP
  const timeouts = read(attributes, defaults)
  if (typeof timeouts === 'number') return timeouts
  if (existing) existing.timeouts = timeouts
  else tracking.timeoutObjects.set(name, { name, l3proto, l4proto, timeouts, users: 0 })
  return 0
}

function read(attributes: Attributes, old: readonly number[]): number[] | number {
  const policy = policyWith(old.map((_, id) => (id === 0 ? undefined : u32)))
  const data = attributes.nest(rows.data, policy)
  if (typeof data === 'number') return data
  const [, ...timeouts] = old.map((seconds, id) => (id === 0 ? 0 : (data.be32({ id }) ?? seconds)))
  // What has no state lives as long as what is new (sctp_timeout_nlattr_to_obj).
  return [timeouts[0]!, ...timeouts]
}

/** IPCTNL_MSG_TIMEOUT_GET. */
export function getTimeout(tracking: Conntrack, request: Request): number {
  const { attributes, socket, sequence, portId } = request
  const to = { sequence, portId }
  if (isDump(request))
    return dump(request, [...tracking.timeoutObjects.values()].map((one) => message(one, to))[Symbol.iterator]())
  const name = attributes.text(rows.name)
  if (name === undefined) return errno.EINVAL
  const found = tracking.timeoutObjects.get(name)
  if (!found) return errno.ENOENT
  return socket.deliver(message(found, to), 0) ? 0 : errno.ENOBUFS
}

function message(
  { name, l3proto, l4proto, users, timeouts }: TimeoutObject,
  to: { sequence: number; portId: number },
): Uint8Array {
  const header = { type: timeoutMessage.new.type, flags: messageFlags.multi, ...to }
  return encodeMessage(header, timeoutPolicy, { name, l3proto, l4proto, use: users + 1, unknown: [dataOf(timeouts)] })
}

/** CTA_TIMEOUT_DATA, which the kernel marks as a nest. */
function dataOf(timeouts: readonly number[]): { id: number; bytes: Uint8Array } {
  const bytes = new Uint8Array(align(8) * (timeouts.length - 1))
  for (let id = 1; id < timeouts.length; id++) {
    const at = 8 * (id - 1)
    putU16(bytes, at, 8)
    putU16(bytes, at + 2, id)
    putBe32(bytes, at + 4, timeouts[id]!)
  }
  return { id: rows.data.id | 0x8000, bytes }
}

/** IPCTNL_MSG_TIMEOUT_DELETE: one by name, or all that nothing uses. */
export function deleteTimeout(tracking: Conntrack, { attributes }: Request): number {
  const { timeoutObjects } = tracking
  const name = attributes.text(rows.name)
  if (name !== undefined) {
    const found = timeoutObjects.get(name)
    if (!found) return errno.ENOENT
    if (found.users > 0) return errno.EBUSY
    timeoutObjects.delete(name)
    return 0
  }
  for (const one of [...timeoutObjects.values()]) if (one.users === 0) timeoutObjects.delete(one.name)
  return 0
}

/** IPCTNL_MSG_TIMEOUT_DEFAULT_SET. */
export function setDefault(tracking: Conntrack, { attributes }: Request): number {
  const l4proto = attributes.u8(rows.l4proto)
  if (l4proto === undefined || !attributes.has(rows.data)) return errno.EINVAL
  const defaults = defaultsOf(tracking, l4proto)
  if (!defaults) return errno.EOPNOTSUPP
  const timeouts = read(attributes, defaults)
  if (typeof timeouts === 'number') return timeouts
  for (const [id, seconds] of timeouts.entries()) defaults[id] = seconds
  return 0
}

/** IPCTNL_MSG_TIMEOUT_DEFAULT_GET, answered with the type of SET. */
export function getDefault(tracking: Conntrack, { attributes, socket, sequence, portId }: Request): number {
  const l3proto = attributes.be16(rows.l3proto)
  const l4proto = attributes.u8(rows.l4proto)
  if (l3proto === undefined || l4proto === undefined) return errno.EINVAL
  const defaults = defaultsOf(tracking, l4proto)
  if (!defaults) return errno.EOPNOTSUPP
  const header = { type: timeoutMessage.defaultSet.type, flags: messageFlags.multi, sequence, portId }
  const bytes = encodeMessage(header, timeoutPolicy, { l3proto, l4proto, unknown: [dataOf(defaults)] })
  return socket.deliver(bytes, 0) ? 0 : errno.ENOBUFS
}
