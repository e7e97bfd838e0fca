/** What a traced packet meets (net/netfilter/nf_tables_trace.c). */

import { status } from '../conntrack/constants.ts'
import { family } from '../nfnetlink/constants.ts'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be16, be32, be64, bits, bytes, hex, nest, u8, word } from '../schema/type.ts'
import { type NftVerdict, nftName, nftVerdict } from './data.ts'

/** Bits of `ct state` in rules and of `ctState` in traces: 1 << `IP_CT_*` % 3 + 1 (nf_conntrack_common.h). */
export const ctStateBits = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const

/** `NFTA_TRACE_*`: one step of a traced packet. */
export const nftTrace = table(
  'NFTA_TRACE',
  '4.5',
  'One step of a traced packet.',
  {
    table: attr(1, nftName, 'table'),
    chain: attr(2, nftName, 'chain'),
    ruleHandle: attr(3, be64, 'handle of the rule'),
    type: attr(4, word(be32, { unspec: 0, policy: 1, return: 2, rule: 3 }), 'what it met'),
    verdict: attr(5, nest<NftVerdict>(nftVerdict), 'verdict of the rule'),
    id: attr(6, hex(be32), 'the same in all steps of a packet from one reception on'),
    llHeader: attr(7, bytes(), 'start of the link-layer header, in the first step of a base chain'),
    networkHeader: attr(8, bytes(), 'start of the network header, in the same'),
    transportHeader: attr(9, bytes(), 'start of the transport header, in the same'),
    iif: attr(10, be32, 'index of the input interface'),
    iiftype: attr(11, be16, 'its hardware: `ARPHRD_*`'),
    oif: attr(12, be32, 'index of the output interface'),
    oiftype: attr(13, be16, 'its hardware: `ARPHRD_*`'),
    mark: attr(14, hex(be32), 'packet mark; absent when 0'),
    nfproto: attr(15, word(be32, family), 'family of the hook'),
    policy: attr(16, word(be32, { drop: 0, accept: 1 }), 'policy of the base chain, where it decided'),
    ctId: attr(18, hex(be32), 'id of the connection', { since: '6.16' }),
    ctDirection: attr(19, word(u8, { original: 0, reply: 1 }), 'direction of the packet in it', { since: '6.16' }),
    ctStatus: attr(20, bits(be32, status), 'its status; absent when 0', { since: '6.16' }),
    ctState: attr(21, bits(be32, ctStateBits), 'how the packet relates to it', { since: '6.16' }),
  },
  { pad: 17 },
)
/** One step of a traced packet. */
export interface NftTrace extends Infer<typeof nftTrace> {}
