import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
import { nflogMessage } from '@nfkit/netlink-codec/nflog'
import { batchMessage, netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { compatMessage, nftMessage } from '@nfkit/netlink-codec/nftables'

const families = [
  nfqueueMessage,
  nflogMessage,
  conntrackMessage,
  expectMessage,
  timeoutMessage,
  helperMessage,
  nftMessage,
  compatMessage,
]

/** NETLINK_NETFILTER, with everything that is known of it. */
export const protocol = netfilter(...families)

/** The numbers of its messages, by the kernel's names. */
export const typeNumbers: ReadonlyMap<string, number> = new Map(
  [batchMessage, ...families].flatMap((of) => Object.values(of).map(({ name, type }) => [name, type] as const)),
)
