import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '../src/conntrack/message.ts'
import * as conntrack from '../src/conntrack.ts'
import * as engine from '../src/index.ts'
import { nflogMessage } from '../src/nflog/message.ts'
import * as nflog from '../src/nflog.ts'
import { batchMessage } from '../src/nfnetlink/batch.ts'
import { netfilter } from '../src/nfnetlink/netfilter.ts'
import * as nfnetlink from '../src/nfnetlink.ts'
import { nfqueueMessage } from '../src/nfqueue/message.ts'
import * as nfqueue from '../src/nfqueue.ts'
import { compatMessage, nftMessage } from '../src/nftables/message.ts'
import * as nftables from '../src/nftables.ts'
import { routeMessage } from '../src/route/message.ts'
import * as route from '../src/route.ts'
import { socketMessage } from '../src/sock-diag/message.ts'
import * as sockDiag from '../src/sock-diag.ts'

/** Every entry point as one, for tests that look at all of them. */
export const surface = {
  ...engine,
  ...nfnetlink,
  ...nfqueue,
  ...nflog,
  ...conntrack,
  ...sockDiag,
  ...route,
  ...nftables,
}

/** Every type of message. */
export const messageTypes = [
  nfqueueMessage,
  nflogMessage,
  conntrackMessage,
  expectMessage,
  timeoutMessage,
  helperMessage,
  nftMessage,
  compatMessage,
  batchMessage,
  socketMessage,
  routeMessage,
].flatMap((family) => Object.values(family))

/** The protocol NETLINK_NETFILTER with every family. */
export const everything = netfilter(
  nfqueueMessage,
  nflogMessage,
  conntrackMessage,
  expectMessage,
  timeoutMessage,
  helperMessage,
  nftMessage,
  compatMessage,
)
