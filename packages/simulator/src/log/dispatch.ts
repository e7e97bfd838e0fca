import { errno } from '@nfkit/netlink-codec'
import { logConfig, nflogMessage } from '@nfkit/netlink-codec/nflog'
import type { Entry } from '../netlink/input.ts'
import { policy } from '../netlink/policy.ts'
import type { Profile } from '../profile.ts'
import { configPolicy, configure } from './config.ts'
import type { LogTable } from './log-table.ts'

/** Every message of NFLOG, by type. */
export function logDispatch(logs: LogTable, profile: Profile): [number, Entry][] {
  return [
    [nflogMessage.packet.type, { policy: policy(logConfig, {}), handler: () => errno.ENOTSUPP }],
    [nflogMessage.config.type, { policy: configPolicy, handler: (request) => configure(logs, profile, request) }],
  ]
}
