import { errno, type MessageType } from '@nfkit/netlink-codec'
import { conntrackMessage, Flow } from '@nfkit/netlink-codec/conntrack'
import { NetlinkError, type Requests } from '@nfkit/netlink-transport'
import { getAdvice } from '../advice.ts'
import { requestOf } from '../message.ts'
import { type EncodedTarget, encodeTarget, type Target } from '../naming/target.ts'

/** The entry a target names; `undefined` when there is none, or one with another id. */
export function getEntry(requests: Requests, target: Target): Promise<Flow | undefined> {
  return ask(requests, conntrackMessage.get, encodeTarget(target))
}

/**
 * The same, and its counters are zero from now on. The kernel goes by the tuple and compares no ids (ctnetlink_get_conntrack,
 * net/netfilter/nf_conntrack_netlink.c), so that a flow is looked at first: a connection that has its tuple by now keeps its counters.
 */
export async function zeroEntry(requests: Requests, target: Target): Promise<Flow | undefined> {
  const encoded = encodeTarget(target)
  const named = encoded.attrs.id === undefined || (await ask(requests, conntrackMessage.get, encoded)) !== undefined
  return named ? ask(requests, conntrackMessage.getCtrzero, encoded) : undefined
}

async function ask(
  requests: Requests,
  message: MessageType,
  { family, attrs }: EncodedTarget,
): Promise<Flow | undefined> {
  try {
    const [answer] = await requests.request(requestOf(message, 0, family, attrs), { advice: getAdvice })
    const flow = answer && Flow.of(answer)
    return attrs.id === undefined || flow?.id === attrs.id ? flow : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export const isMissing = (error: unknown): boolean => error instanceof NetlinkError && error.errno === errno.ENOENT
