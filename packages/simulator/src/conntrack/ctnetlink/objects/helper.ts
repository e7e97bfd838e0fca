import { errno, messageFlags } from '@nfkit/netlink-codec'
import {
  helperMessage,
  helperPolicy,
  helperPolicySet,
  helper as helperTable,
  helperTuple,
} from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import type { Attributes } from '../../../netlink/attributes.ts'
import type { Request } from '../../../netlink/request.ts'
import type { Conntrack } from '../../conntrack.ts'
import type { ExpectationClass, Helper } from '../../objects/helper.ts'
import { dump, isDump } from '../dump.ts'
import { helperClassDemands, helperSetDemands, helperTupleDemands } from '../policies.ts'

const { rows } = helperTable
const largestClassCount = 4
/** What fits beside a connection: NF_CT_HELPER_MAX_DATA less bookkeeping is 32 words in no kernel, but 32 bytes in all. */
const largestPrivateData = 32

const isUser = ({ queue }: Helper): boolean => queue !== undefined

interface Which {
  readonly l3: number
  readonly l4: number
}

function readWhich(attributes: Attributes): Which | number {
  const nest = attributes.nest(rows.tuple, helperTupleDemands)
  if (typeof nest === 'number') return nest
  const l3 = nest.be16(helperTuple.rows.l3protonum)
  const l4 = nest.u8(helperTuple.rows.l4protonum)
  return l3 === undefined || l4 === undefined ? errno.EINVAL : { l3, l4 }
}

/** NFNL_MSG_CTHELPER_NEW (nfnl_cthelper_new, net/netfilter/nfnetlink_cthelper.c). */
export function newHelper(tracking: Conntrack, { attributes, flags }: Request): number {
  const name = attributes.text(rows.name)
  if (name === undefined || !attributes.has(rows.tuple)) return errno.EINVAL
  const which = readWhich(attributes)
  if (typeof which === 'number') return which
  const at = tracking.helpers.findIndex((one) => isUser(one) && matches(one, name, which))
  if (at < 0) return create(tracking, attributes, name, which)
  return flags & messageFlags.exclusive ? errno.EEXIST : update(tracking, attributes, at)
}

const matches = (one: Helper, name: string | undefined, which: Which | undefined): boolean =>
  (name === undefined || one.name === name) &&
  (which === undefined || (one.protocol === which.l4 && one.families.includes(which.l3)))

function create(tracking: Conntrack, attributes: Attributes, name: string, { l3, l4 }: Which): number {
  const privateLength = attributes.be32(rows.privDataLen)
  if (!attributes.has(rows.policy) || privateLength === undefined) return errno.EINVAL
  const classes = readClasses(attributes)
  if (typeof classes === 'number') return classes
  if (privateLength > largestPrivateData) return errno.ENOMEM
  const enabled = attributes.be32(rows.status) === 1
  const queue = attributes.be32(rows.queueNum) ?? 0
  tracking.helpers.push({ name, families: [l3], protocol: l4, classes, functions: [], queue, privateLength, enabled })
  return 0
}

function readClasses(attributes: Attributes): ExpectationClass[] | number {
  const set = attributes.nest(rows.policy, helperSetDemands)
  if (typeof set === 'number') return set
  const count = set.be32(helperPolicySet.rows.setNum)
  if (count === undefined || count === 0) return errno.EINVAL
  if (count > largestClassCount) return errno.EOPNOTSUPP
  const classes: ExpectationClass[] = []
  const { set1, set2, set3, set4 } = helperPolicySet.rows
  for (const row of [set1, set2, set3, set4].slice(0, count)) {
    if (!set.has(row)) return errno.EINVAL
    const one = set.nest(row, helperClassDemands)
    if (typeof one === 'number') return one
    const [name, max, timeoutSeconds] = [
      one.text(helperPolicy.rows.name),
      one.be32(helperPolicy.rows.expectMax),
      one.be32(helperPolicy.rows.expectTimeout),
    ]
    if (name === undefined || max === undefined || timeoutSeconds === undefined) return errno.EINVAL
    classes.push({ name, max, timeoutSeconds })
  }
  return classes
}

function update(tracking: Conntrack, attributes: Attributes, at: number): number {
  const old = tracking.helpers[at]!
  const privateLength = attributes.be32(rows.privDataLen)
  if (privateLength !== undefined && privateLength !== old.privateLength) return errno.EBUSY
  const classes = attributes.has(rows.policy) ? readClasses(attributes) : old.classes
  if (typeof classes === 'number') return classes
  if (classes.length !== old.classes.length) return errno.EBUSY
  const status = attributes.be32(rows.status)
  const changed: Helper = {
    ...old,
    classes,
    queue: attributes.be32(rows.queueNum) ?? old.queue,
    enabled: status === undefined ? old.enabled : status === 1,
  }
  tracking.helpers[at] = changed
  for (const { help } of tracking.table.connections) if (help?.helper === old) help.helper = changed
  return 0
}

function selected(tracking: Conntrack, attributes: Attributes): Helper[] | number {
  const which = attributes.has(rows.tuple) ? readWhich(attributes) : undefined
  if (typeof which === 'number') return which
  const name = attributes.text(rows.name)
  return tracking.helpers.filter((one) => isUser(one) && matches(one, name, which))
}

/** NFNL_MSG_CTHELPER_GET: the first that fits, or all in a dump. */
export function getHelper(tracking: Conntrack, request: Request): number {
  const { attributes, socket, sequence, portId } = request
  if (isDump(request)) {
    const all = tracking.helpers.filter(isUser).map((one) => message(one, sequence, portId))
    return dump(request, all[Symbol.iterator]())
  }
  const found = selected(tracking, attributes)
  if (typeof found === 'number') return found
  if (!found[0]) return errno.ENOENT
  return socket.deliver(message(found[0], sequence, portId), 0) ? 0 : errno.ENOBUFS
}

function message(one: Helper, sequence: number, portId: number): Uint8Array {
  const header = { type: helperMessage.new.type, flags: messageFlags.multi, sequence, portId }
  const [set1, set2, set3, set4] = one.classes.map(({ name, max, timeoutSeconds }) => ({
    name,
    expectMax: max,
    expectTimeout: timeoutSeconds,
  }))
  return encodeMessage(header, helperTable, {
    name: one.name,
    queueNum: one.queue,
    tuple: { l3protonum: one.families[0], l4protonum: one.protocol },
    policy: { setNum: one.classes.length, set1, set2, set3, set4 },
    privDataLen: one.privateLength,
    status: one.enabled ? 1 : 0,
  })
}

/** NFNL_MSG_CTHELPER_DEL: those that fit, or all; up to 6.12 one that is in use stays. */
export function deleteHelper(tracking: Conntrack, { attributes }: Request): number {
  const found = selected(tracking, attributes)
  if (typeof found === 'number') return found
  let removed = 0
  for (const one of found) {
    const used = [...tracking.table.connections].filter(({ help }) => help?.helper === one)
    if (used.length > 0 && !tracking.profile.helperDeletableInUse) continue
    for (const { help } of used) help!.helper = undefined
    tracking.helpers.splice(tracking.helpers.indexOf(one), 1)
    removed++
  }
  if (removed > 0) return 0
  return found.length > 0 ? errno.EBUSY : errno.ENOENT
}
