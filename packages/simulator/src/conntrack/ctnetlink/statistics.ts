import { errno, messageFlags } from '@nfkit/netlink-codec'
import { conntrackMessage, statsCpu, statsExpect, statsGlobal } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import type { Request } from '../../netlink/request.ts'
import type { Conntrack } from '../conntrack.ts'
import { dump, isDump } from './dump.ts'

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
        type: conntrackMessage.getStatsCpu.type,
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
    { type: conntrackMessage.getStats.type, flags: messageFlags.multi, sequence, portId },
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
        type: conntrackMessage.getCtrzero.type,
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
