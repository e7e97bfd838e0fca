import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'

/** What captures of netfilter's netlink traffic are read with: a capture may hold any family. */
export const captured = netfilter(nfqueueMessage, conntrackMessage, expectMessage, timeoutMessage, helperMessage)
