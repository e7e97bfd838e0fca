import { errno, messageType } from '@nfkit/netlink-codec'
import type { Entry } from '../netlink/input.ts'
import { configure } from './config.ts'
import { batchPolicy, configPolicy, maskedConfigPolicy, nothing, verdictPolicy } from './policies.ts'
import { type Judge, judge, judgeBatch } from './verdict.ts'

/** Every message of NFQUEUE, by type. */
export function queueDispatch(host: Judge): [number, Entry][] {
  const { profile, queues } = host
  const settings = profile.flagsInPolicy ? maskedConfigPolicy : configPolicy
  return [
    [messageType.queuePacket.type, { policy: nothing, handler: () => errno.ENOTSUPP }],
    [messageType.queueVerdict.type, { policy: verdictPolicy, handler: (request) => judge(host, request) }],
    [messageType.queueConfig.type, { policy: settings, handler: (request) => configure(queues, profile, request) }],
    [messageType.queueVerdictBatch.type, { policy: batchPolicy, handler: (request) => judgeBatch(host, request) }],
  ]
}
