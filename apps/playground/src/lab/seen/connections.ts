import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { ConntrackView, EntryView } from '@nfkit/simulator'
import { limits } from '../../protocol/limits.ts'
import type { Connection } from '../../protocol/scene.ts'

/** The connection tracking table, as much of it as is shown. */
export const connectionsIn = ({ entries }: ConntrackView): readonly Connection[] =>
  entries.slice(0, limits.connections).map(connectionOf)

function connectionOf({ name, ...attributes }: EntryView): Connection {
  const bytes = encodeAttrs(conntrack, attributes)
  const isIpv6 = attributes.tupleOrig?.ip?.v6Src !== undefined
  const flow = new Flow(new Attrs(bytes, 0, bytes.length), isIpv6 ? family.ipv6 : family.ipv4)
  const { reply, translation, originalCounters, replyCounters } = flow
  return {
    name,
    ...(translation === undefined ? {} : { translated: `${reply}` }),
    state: [flow.state, flow.statusNames.includes('seenReply') ? undefined : 'unreplied']
      .filter((word) => word !== undefined)
      .join(', '),
    timeoutSeconds: flow.timeoutSeconds ?? 0,
    mark: flow.mark ?? 0,
    packets: `${originalCounters?.packets ?? 0} → ${replyCounters?.packets ?? 0} ←`,
  }
}
