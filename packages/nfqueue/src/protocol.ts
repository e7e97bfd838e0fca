import { netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'

/** What is spoken with the kernel about queues. */
export const queueProtocol = netfilter(nfqueueMessage)
