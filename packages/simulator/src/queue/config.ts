import { applyMask } from '@nfkit/inet'
import { errno } from '@nfkit/netlink-codec'
import { copyMode, queueCommand, queueConfig, queueFlags } from '@nfkit/netlink-codec/nfqueue'
import type { Request } from '../netlink/request.ts'
import type { Profile } from '../profile.ts'
import { largestCopy, type Queue } from './queue.ts'
import type { QueueTable } from './queue-table.ts'

const { rows } = queueConfig
const knownFlags = Object.values(queueFlags).reduce((all, flag) => all | flag, 0)

/** NFQNL_MSG_CONFIG (nfqnl_recv_config, net/netfilter/nfnetlink_queue.c): the order of the checks is the kernel's. */
export function configure(queues: QueueTable, profile: Profile, request: Request): number {
  const { attributes, portId, resourceId } = request
  const command = attributes.u8(rows.cmd)
  if (command === queueCommand.pfBind || command === queueCommand.pfUnbind) return 0
  const refusedFlags = attributes.has(rows.flags) ? checkFlags(request, profile) : 0
  if (refusedFlags) return refusedFlags
  let queue = queues.at(resourceId)
  if (queue && queue.portId !== portId) return errno.EPERM
  switch (command) {
    case undefined:
      break
    case queueCommand.bind:
      if (queue) return errno.EBUSY
      queue = queues.create(resourceId, portId)
      break
    case queueCommand.unbind:
      if (!queue) return errno.ENODEV
      queues.destroy(queue, 'unbound')
      return 0
    default:
      return profile.unknownCommand
  }
  if (!queue) return errno.ENODEV
  apply(queue, request)
  return 0
}

function checkFlags({ attributes }: Request, profile: Profile): number {
  const flags = attributes.be32(rows.flags)!
  const mask = attributes.be32(rows.mask)
  if (mask === undefined) return errno.EINVAL
  if (flags & ~knownFlags) return errno.EOPNOTSUPP
  if (flags & mask & queueFlags.secctx && !profile.secmark) return errno.EOPNOTSUPP
  if (flags & mask & queueFlags.conntrack && !profile.glue) return errno.EOPNOTSUPP
  return 0
}

function apply(queue: Queue, { attributes }: Request): void {
  const params = attributes.at[rows.params.id]!
  if (params) setMode(queue, attributes.bytes[params + 4]!, attributes.be32(rows.params)!)
  queue.maxLength = attributes.be32(rows.queueMaxlen) ?? queue.maxLength
  const flags = attributes.be32(rows.flags)
  const mask = attributes.be32(rows.mask)
  if (flags !== undefined && mask !== undefined) queue.flags = applyMask(queue.flags, { value: flags, mask })
}

/** Unknown modes are ignored without a word. */
function setMode(queue: Queue, mode: number, range: number): void {
  if (mode === copyMode.packet) {
    queue.copyMode = mode
    queue.copyRange = range === 0 || range > largestCopy ? largestCopy : range
  } else if (mode === copyMode.none || mode === copyMode.meta) {
    queue.copyMode = mode
    queue.copyRange = 0
  }
}
