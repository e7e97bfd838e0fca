import { nflogMessage } from '@nfkit/netlink-codec/nflog'
import { netfilter } from '@nfkit/netlink-codec/nfnetlink'

/** What is spoken with the kernel about log groups. */
export const logProtocol = netfilter(nflogMessage)
