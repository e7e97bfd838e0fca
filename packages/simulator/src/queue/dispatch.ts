import { errno } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import type { Entry } from '../netlink/input.ts'
import { configure } from './config.ts'
import { batchPolicy, configPolicy, maskedConfigPolicy, nothing, verdictPolicy } from './policies.ts'
import { type Judge, judge, judgeBatch } from './verdict.ts'

/** Every message of NFQUEUE, by type. */
export function queueDispatch(host: Judge): [number, Entry][] {
  const { profile, queues } = host
  const settings = profile.flagsInPolicy ? maskedConfigPolicy : configPolicy
  return [
    [nfqueueMessage.packet.type, { policy: nothing, handler: () => errno.ENOTSUPP }],
    [nfqueueMessage.verdict.type, { policy: verdictPolicy, handler: (request) => judge(host, request) }],
    [nfqueueMessage.config.type, { policy: settings, handler: (request) => configure(queues, profile, request) }],
    [nfqueueMessage.verdictBatch.type, { policy: batchPolicy, handler: (request) => judgeBatch(host, request) }],
  ]
}
