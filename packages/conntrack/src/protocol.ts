import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
import { netfilter } from '@nfkit/netlink-codec/nfnetlink'

/** What is spoken with the kernel about connections. */
export const conntrackProtocol = netfilter(conntrackMessage, expectMessage, timeoutMessage, helperMessage)
