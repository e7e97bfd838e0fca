import { be32 } from '@nfkit/inet/bytes'
import { errno } from '@nfkit/netlink-codec'
import { family, hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import type { Reason } from '../hooks/outcome.ts'
import { verdictMask } from '../hooks/verdict.ts'
import type { Attributes } from '../netlink/attributes.ts'
import type { Request } from '../netlink/request.ts'
import type { Packet } from '../packet.ts'
import type { Profile } from '../profile.ts'
import { replaceLinkLayer } from './link-layer.ts'
import { losesItsWay, mangle } from './mangle.ts'
import type { Queue } from './queue.ts'
import type { QueueTable } from './queue-table.ts'

const { rows } = nfqa

/** What verdicts need of the rest of the kernel. */
export interface Judge {
  readonly profile: Profile
  readonly queues: QueueTable
  /** Apply NFQA_CT and NFQA_EXP. */
  applyConnection(packet: Packet, attributes: Attributes): void
  reinject(journey: Journey, verdict: number, reason: Reason): void
}

/** NFQNL_MSG_VERDICT (nfqnl_recv_verdict, net/netfilter/nfnetlink_queue.c). */
export function judge({ profile, queues, applyConnection, reinject }: Judge, request: Request): number {
  const queue = owned(queues, request)
  if (typeof queue === 'number') return queue
  const { attributes } = request
  let verdict = verdictOf(attributes)
  if (verdict === undefined) return errno.EINVAL
  const journey = queues.take(queue, idOf(attributes))
  if (!journey) return errno.ENOENT
  const { packet } = journey
  if (attributes.has(rows.ct)) applyConnection(packet, attributes)
  if (packet.family === family.bridge && !replaceLinkLayer(packet, attributes)) {
    journey.finish('drop', 'bad link header')
    return errno.EINVAL
  }
  let reason: Reason = 'verdict'
  const payload = attributes.payload(rows.payload)
  journey.isLost = payload !== undefined && journey.hookNumber === hook.output && losesItsWay(packet, payload)
  if (payload && !mangle(packet, payload, profile.validatesPayload)) {
    verdict = verdicts.drop
    reason = 'bad payload'
  }
  mark(packet, attributes)
  reinject(journey, verdict, reason)
  return 0
}

/** NFQNL_MSG_VERDICT_BATCH: everything from the oldest packet up to an id, where ids may have wrapped. */
export function judgeBatch({ queues, reinject }: Judge, request: Request): number {
  const queue = owned(queues, request)
  if (typeof queue === 'number') return queue
  const { attributes } = request
  const verdict = verdictOf(attributes)
  if (verdict === undefined) return errno.EINVAL
  const last = idOf(attributes)
  const taken: Journey[] = []
  for (const [id] of queue.waiting) {
    if (((id - last) | 0) > 0) break
    taken.push(queues.take(queue, id)!)
  }
  if (taken.length === 0) return errno.ENOENT
  for (const journey of taken) {
    mark(journey.packet, attributes)
    reinject(journey, verdict, 'verdict')
  }
  return 0
}

function owned(queues: QueueTable, { resourceId, portId }: Request): Queue | number {
  const queue = queues.at(resourceId)
  if (!queue) return errno.ENODEV
  return queue.portId === portId ? queue : errno.EPERM
}

/** `undefined` when there is none, or none a queue accepts. */
function verdictOf(attributes: Attributes): number | undefined {
  const verdict = attributes.be32(rows.verdictHdr)
  if (verdict === undefined) return undefined
  const action = verdict & verdictMask
  return action > verdicts.stop || action === verdicts.stolen ? undefined : verdict
}

function idOf({ at, bytes }: Attributes): number {
  return be32(bytes, at[rows.verdictHdr.id]! + 4)
}

function mark(packet: Packet, attributes: Attributes): void {
  packet.mark = attributes.be32(rows.mark) ?? packet.mark
  packet.priority = attributes.be32(rows.priority) ?? packet.priority
}
