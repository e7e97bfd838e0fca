import { errno } from '@nfkit/netlink-codec'
import { logCommand, logConfig, logCopyMode, logFlags } from '@nfkit/netlink-codec/nflog'
import { policyOf } from '../netlink/policy.ts'
import type { Request } from '../netlink/request.ts'
import type { Profile } from '../profile.ts'
import { type LogGroup, largestCopy } from './group.ts'
import type { LogTable } from './log-table.ts'

const { rows } = logConfig

export const configPolicy = policyOf(logConfig)

/** NFULNL_MSG_CONFIG (nfulnl_recv_config, net/netfilter/nfnetlink_log.c): the order of the checks is the kernel's. */
export function configure(logs: LogTable, profile: Profile, request: Request): number {
  const { attributes, portId, resourceId } = request
  const command = attributes.u8(rows.cmd)
  if (command === logCommand.pfBind || command === logCommand.pfUnbind) return 0
  let group = logs.at(resourceId)
  if (group && group.portId !== portId) return errno.EPERM
  const flags = attributes.be16(rows.flags)
  if (flags !== undefined && flags & logFlags.conntrack && !profile.glue) return errno.EOPNOTSUPP
  switch (command) {
    case undefined:
      break
    case logCommand.bind:
      if (group) return errno.EBUSY
      group = logs.create(resourceId, portId)
      break
    case logCommand.unbind:
      if (!group) return errno.ENODEV
      logs.destroy(group)
      return 0
    default:
      return errno.ENOTSUPP
  }
  if (!group) return errno.ENODEV
  apply(group, request)
  return 0
}

function apply(group: LogGroup, { attributes }: Request): void {
  const mode = attributes.at[rows.mode.id]!
  if (mode) setMode(group, attributes.bytes[mode + 4]!, attributes.be32(rows.mode)!)
  group.flushTimeout = attributes.be32(rows.timeout) ?? group.flushTimeout
  group.bufferSize = attributes.be32(rows.nlbufsiz) ?? group.bufferSize
  group.threshold = attributes.be32(rows.qthresh) ?? group.threshold
  group.flags = attributes.be16(rows.flags) ?? group.flags
}

/** Unknown modes are ignored without a word. */
function setMode(group: LogGroup, mode: number, range: number): void {
  if (mode === logCopyMode.packet) group.copyRange = range === 0 || range > largestCopy ? largestCopy : range
  else if (mode === logCopyMode.none || mode === logCopyMode.meta) group.copyRange = 0
}
