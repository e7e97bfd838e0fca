import { messageFlags } from '@nfkit/netlink-codec'
import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import type { Requests } from '@nfkit/netlink-transport'
import { createAdvice, deleteAdvice, updateAdvice } from '../advice.ts'
import { assertKeys, meaningOf } from '../known.ts'
import { requestOf } from '../message.ts'
import { encodeTarget, type Target } from '../naming/target.ts'
import { encodeNewFlow, type NewFlow } from './create.ts'
import { getEntry } from './get.ts'
import { assertTaken, mayBeIgnored, type Wanted } from './ignored-change.ts'
import { encodeChanges, type FlowChanges } from './update.ts'

/** How an entry is made. */
export interface CreateOptions {
  /** What becomes of an entry that has the original tuple: it makes `create` reject with EEXIST (the default), or is updated. */
  readonly onExisting?: 'refuse' | 'update' | undefined
}

/** Flags of a creation, by what becomes of an entry that is there. */
const existing = { refuse: messageFlags.exclusive, update: 0 }

export async function createEntry(requests: Requests, flow: NewFlow, options: CreateOptions): Promise<void> {
  assertKeys(options, { onExisting: true }, 'create')
  const { onExisting = 'refuse' } = options
  const { family, attrs } = encodeNewFlow(flow)
  const exclusive = meaningOf(onExisting, existing, 'create', 'way to treat an existing entry')
  const request = requestOf(conntrackMessage.new, messageFlags.create | exclusive, family, attrs)
  await requests.request(request, { advice: createAdvice })
  const { protocol, source, destination, icmp, zone } = flow.original
  const made = { protocol, source, destination, icmp, zone: typeof flow.zone === 'number' ? flow.zone : zone }
  // A new entry has the reply direction it was given.
  await assertAllTaken(requests, made, onExisting === 'update' ? flow : { ...flow, reply: undefined })
}

export async function updateEntry(requests: Requests, target: Target, changes: FlowChanges): Promise<void> {
  const { family, attrs } = encodeTarget(target)
  const status = changes.status === undefined ? 0 : ((await getEntry(requests, target))?.status ?? 0)
  const changed = encodeChanges(changes, { protocol: attrs.tupleOrig?.proto?.num ?? 0, status })
  const request = requestOf(conntrackMessage.new, 0, family, { ...attrs, ...changed })
  await requests.request(request, { advice: updateAdvice })
  await assertAllTaken(requests, target, changes)
}

/** An entry that is gone by then shows nothing: there is nothing left to compare. */
async function assertAllTaken(requests: Requests, target: Target, wanted: Wanted): Promise<void> {
  const after = mayBeIgnored(wanted) ? await getEntry(requests, target) : undefined
  if (after !== undefined) assertTaken(wanted, after)
}

export async function deleteEntry(requests: Requests, target: Target): Promise<void> {
  const { family, attrs } = encodeTarget(target)
  await requests.request(requestOf(conntrackMessage.delete, 0, family, attrs), { advice: deleteAdvice })
}
