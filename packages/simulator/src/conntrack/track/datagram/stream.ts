import { status } from '@nfkit/netlink-codec/conntrack'
import type { Effect, Passage } from '../effect.ts'

/** Ids in the timeout tables of UDP-Lite and GRE. */
const [unreplied, replied] = [1, 2]

/** Whatever is answered lasts longer (nf_conntrack_gre_packet). */
export function stream({ connection, timeouts }: Passage): Effect {
  const seen = connection.has(status.seenReply)
  return { seconds: timeouts[seen && timeouts.length > replied ? replied : unreplied]!, assures: seen }
}

/** Whatever has no more than one timeout (nf_conntrack_proto_generic.c, and ICMP once it is found to be right). */
export const plain = ({ timeouts }: Passage): Effect => ({ seconds: timeouts[unreplied]! })
