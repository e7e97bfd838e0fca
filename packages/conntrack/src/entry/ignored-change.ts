import { sameAddress, type TupleEnd } from '@nfkit/inet'
import type { Flow, FlowEnd } from '@nfkit/netlink-codec/conntrack'
import { addressBytes } from '../naming/tuple.ts'
import type { NewFlow } from './create.ts'

/** The kernel answered a change with success, and left part of it out. */
export class IgnoredChangeError extends Error {
  static {
    this.prototype.name = 'IgnoredChangeError'
  }
  /** The change that was not made, or not as it was wanted: `synproxy`. */
  readonly change: keyof NewFlow

  constructor(change: keyof NewFlow, advice: string) {
    super(`"${change}" was ignored by the kernel: ${advice}`)
    this.change = change
  }
}

/** What was asked for: all of a new entry, or changes of one. */
export type Wanted = { readonly [change in keyof NewFlow]?: NewFlow[change] | undefined }

/** Something the kernel drops in silence. */
interface Droppable {
  readonly change: keyof NewFlow
  /** Whether it may be dropped here. */
  readonly asked: (wanted: Wanted) => boolean
  /** Whether an entry shows that it was not. */
  readonly taken: (wanted: Wanted, after: Flow) => boolean
  readonly advice: string
}

/** What only entries with room for it have (ctnetlink_change_seq_adj and its neighbours, net/netfilter/nf_conntrack_netlink.c). */
const needsRoom = (
  change: 'originalSequenceAdjustment' | 'replySequenceAdjustment' | 'synproxy' | 'dccp',
  advice = 'the entry was made by a packet, without room for it; entries of `create` have it',
): Droppable => ({
  change,
  asked: (wanted) => wanted[change] !== undefined,
  taken: (_, after) => after[change] !== undefined,
  advice,
})

/** Any kernel keeps an entry as long: INT_MAX ticks, of which it has up to a thousand a second. */
const alwaysKeptSeconds = Math.floor((2 ** 31 - 1) / 1000)
/** What may pass until the entry is read, and more. */
const hour = 3600

const droppable: readonly Droppable[] = [
  needsRoom('originalSequenceAdjustment'),
  needsRoom('replySequenceAdjustment'),
  needsRoom('synproxy'),
  needsRoom('dccp', 'this kernel does not track DCCP (Linux 6.17 and later)'),
  {
    change: 'tcp',
    asked: ({ tcp }) => tcp?.originalWindowScale !== undefined,
    taken: ({ tcp: wanted }, { tcp }) =>
      tcp?.originalWindowScale === wanted?.originalWindowScale && tcp?.replyWindowScale === wanted?.replyWindowScale,
    advice: 'window scales need flag 0x01 in both directions: set `originalFlags` and `replyFlags` with them',
  },
  {
    change: 'timeoutSeconds',
    asked: ({ timeoutSeconds = 0 }) => timeoutSeconds > alwaysKeptSeconds,
    taken: ({ timeoutSeconds: wanted = 0 }, { timeoutSeconds }) =>
      timeoutSeconds === undefined || timeoutSeconds > wanted - hour,
    advice: `a kernel keeps entries for 2³¹ ticks at most, and has 100 to 1000 of them a second: ${alwaysKeptSeconds} seconds are never too long`,
  },
  {
    // An update is refused where there is no room; a creation goes on without (ctnetlink_new_conntrack).
    change: 'labels',
    asked: ({ original, labels }) => original !== undefined && labels !== undefined,
    taken: ({ labels = [] }, after) => setIn(labels).every((label) => after.labels?.includes(label)),
    advice: 'no rule uses labels: with one (`ct label`, `connlabel`) new entries have room for them',
  },
  {
    // An entry that is there is found by its original tuple, and keeps its reply. Translation makes another one of it.
    change: 'reply',
    asked: ({ reply, nat }) => reply !== undefined && nat === undefined,
    taken: ({ reply }, after) =>
      isEnd(reply!.source, after.reply.source) && isEnd(reply!.destination, after.reply.destination),
    advice: 'the entry was there already, and has another one: delete it first',
  },
]

const setIn = (labels: NonNullable<Wanted['labels']>): readonly number[] =>
  'length' in labels ? labels : (labels.set ?? [])

/** A protocol that is not tracked shows no ports. */
const isEnd = (wanted: TupleEnd, { addressBytes: bytes, port }: FlowEnd): boolean =>
  bytes !== undefined && sameAddress(addressBytes(wanted.address), bytes) && (port ?? wanted.port) === wanted.port

/** Whether the entry has to be read again to know that all was taken. */
export const mayBeIgnored = (wanted: Wanted): boolean => droppable.some(({ asked }) => asked(wanted))

/** Throws `IgnoredChangeError` for what the entry does not show afterwards. */
export function assertTaken(wanted: Wanted, after: Flow): void {
  for (const { change, asked, taken, advice } of droppable)
    if (asked(wanted) && !taken(wanted, after)) throw new IgnoredChangeError(change, advice)
}
