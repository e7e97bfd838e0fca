import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '../src/conntrack/message.ts'
import * as conntrack from '../src/conntrack.ts'
import * as engine from '../src/index.ts'
import { netfilter } from '../src/nfnetlink/netfilter.ts'
import * as nfnetlink from '../src/nfnetlink.ts'
import { nfqueueMessage } from '../src/nfqueue/message.ts'
import * as nfqueue from '../src/nfqueue.ts'

/** Every entry point as one, for tests that look at all of them. */
export const surface = { ...engine, ...nfnetlink, ...nfqueue, ...conntrack }

/** Every type of message. */
export const messageTypes = [nfqueueMessage, conntrackMessage, expectMessage, timeoutMessage, helperMessage].flatMap(
  (family) => Object.values(family),
)

/** The protocol with every family. */
export const everything = netfilter(nfqueueMessage, conntrackMessage, expectMessage, timeoutMessage, helperMessage)
