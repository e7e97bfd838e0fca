import { logStatusFile, parseLogStatus } from '@nfkit/netlink-codec/nflog'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { parseQueueStatus, queueStatusPath } from '@nfkit/nfqueue'
import { type Finding, ok, warning } from './finding.ts'
import { kernelFile } from './kernel-file.ts'
import type { NetlinkSocket, NetlinkSockets } from './netlink-socket.ts'

/** What multicast groups tell of, in the order of their numbers. */
const events: readonly (readonly [what: string, numbers: readonly number[]])[] = [
  ['connections', [group.conntrackNew, group.conntrackUpdate, group.conntrackDestroy]],
  ['expectations', [group.conntrackExpNew, group.conntrackExpUpdate, group.conntrackExpDestroy]],
  ['rules', [group.nftables]],
  ['quotas', [group.acctQuota]],
  ['traces', [group.nftrace]],
]

/** The log groups that have a reader. */
export const logGroups = () => parseLogStatus(kernelFile(`/proc/net/${logStatusFile}`))

/** Which programs read the other queues, the log groups and the events of this network namespace, and what they lose. */
export function readers(queue: number, sockets: NetlinkSockets): readonly Finding[] {
  const others = sockets.all.filter((socket) => !sockets.isOwn(socket))
  const queues = parseQueueStatus(kernelFile(queueStatusPath))
  const logs = logGroups()
  const reading = others.map((socket) => ({
    socket,
    what: [
      ...queues.filter(({ portId }) => portId === socket.portId).map((status) => `queue ${status.queue}`),
      ...logs.flatMap(({ portId, group: of }) => (portId === socket.portId ? `log group ${of}` : [])),
      ...eventsOf(socket),
    ],
  }))
  const isAskedFor = (what: string) => what === `queue ${queue}`
  return reading
    .filter(({ what }) => what.length > 0 && !what.some(isAskedFor))
    .flatMap(({ socket, what }) => found(socket, what.join(', '), sockets.who(socket.portId)))
}

function found({ dropped }: NetlinkSocket, what: string, who: string): readonly Finding[] {
  const read = ok(`${what}: read by ${who}`)
  if (dropped === 0) return [read]
  return [
    read,
    warning(
      `${dropped} messages of ${what} were lost, because the receive buffer of ${who} was full`,
      'that program must read faster, or ask for a larger receive buffer (sysctl net.core.rmem_max bounds it)',
    ),
  ]
}

function eventsOf({ groups }: NetlinkSocket): readonly string[] {
  const told = events.filter(([, numbers]) => numbers.some((number) => (groups >>> (number - 1)) & 1))
  return told.map(([what]) => `events of ${what}`)
}
