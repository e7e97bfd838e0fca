/** Expected connections (include/uapi/linux/netfilter/nfnetlink_conntrack.h, net/netfilter/nf_conntrack_expect.c). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be16, be32, bits, hex, named, nest, text } from '../schema/type.ts'
import { type TupleAttrs, tuple } from './tuple.ts'

/** `NF_CT_EXPECT_*`. */
export const expectFlags = { permanent: 0x1, inactive: 0x2, userspace: 0x4 } as const

/** Address translation of the expected connection. */
export const expectNat = table('CTA_EXPECT_NAT', '3.5', 'Address translation of the expected connection.', {
  dir: attr(1, named(be32, { original: 0, reply: 1 }), 'direction'),
  tuple: attr(2, nest<TupleAttrs>(tuple), 'tuple'),
})
/** What `expectNat` decodes to. */
export interface ExpectNat extends Infer<typeof expectNat> {}

/** `CTA_EXPECT_*`: an expectation. */
export const expect = table('CTA_EXPECT', '2.6.14', 'A connection a helper expects.', {
  master: attr(1, nest<TupleAttrs>(tuple), 'original tuple of the connection that expects'),
  tuple: attr(2, nest<TupleAttrs>(tuple), 'the expected connection'),
  mask: attr(3, nest<TupleAttrs>(tuple), 'the bits of the tuple that count'),
  timeout: attr(4, be32, 'seconds left; ignored on creation'),
  id: attr(5, hex(be32), 'identifies the expectation while it lives: opaque, compare only'),
  helpName: attr(6, text(15), 'name of the helper'),
  zone: attr(7, be16, 'zone; 0 when absent', { since: '2.6.34' }),
  flags: attr(8, bits(be32, expectFlags), 'flags', { since: '2.6.37' }),
  class: attr(9, be32, "class within the helper's policy", { since: '3.5' }),
  nat: attr(10, nest<ExpectNat>(expectNat), 'address translation', { since: '3.5' }),
  fn: attr(11, text(31), 'function that runs when the connection comes', { since: '3.5' }),
})
/** What `expect` decodes to. */
export interface Expect extends Infer<typeof expect> {}

/** `CTA_STATS_EXP_*`: one processor's counters of expectations. */
export const statsExpect = table('CTA_STATS_EXP', '3.6', "One processor's counters of expectations.", {
  new: attr(1, be32, 'connections that were expected'),
  create: attr(2, be32, 'expectations made'),
  delete: attr(3, be32, 'expectations removed'),
})
/** What `statsExpect` decodes to. */
export interface StatsExpect extends Infer<typeof statsExpect> {}
