/** Counters of the table (include/uapi/linux/netfilter/nfnetlink_conntrack.h). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32 } from '../schema/type.ts'

/** `CTA_STATS_*`: one processor's counters. */
export const statsCpu = table('CTA_STATS', '3.6', "One processor's counters.", {
  searched: attr(1, be32, 'no longer sent'),
  found: attr(2, be32, 'lookups that found an entry'),
  new: attr(3, be32, 'no longer sent'),
  invalid: attr(4, be32, 'packets that cannot be tracked'),
  ignore: attr(5, be32, 'no longer sent'),
  delete: attr(6, be32, 'no longer sent'),
  deleteList: attr(7, be32, 'no longer sent'),
  insert: attr(8, be32, 'entries inserted'),
  insertFailed: attr(9, be32, 'insertions that failed'),
  drop: attr(10, be32, 'packets dropped because no entry could be made'),
  earlyDrop: attr(11, be32, 'entries evicted to make room'),
  error: attr(12, be32, 'packets with errors'),
  searchRestart: attr(13, be32, 'lookups restarted after the table was resized'),
  clashResolve: attr(14, be32, 'clashes of entries resolved', { since: '5.10' }),
  chainToolong: attr(15, be32, 'insertions refused because a hash chain was too long', { since: '5.15' }),
})
/** What `statsCpu` decodes to. */
export interface StatsCpu extends Infer<typeof statsCpu> {}

/** `CTA_STATS_GLOBAL_*`: the table as a whole. */
export const statsGlobal = table('CTA_STATS_GLOBAL', '3.6', 'The table as a whole.', {
  entries: attr(1, be32, 'entries, dying ones included'),
  maxEntries: attr(2, be32, 'the most there may be', { since: '4.18' }),
})
/** What `statsGlobal` decodes to. */
export interface StatsGlobal extends Infer<typeof statsGlobal> {}
