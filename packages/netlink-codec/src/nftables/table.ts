/** Tables, and the generation of all of them (include/uapi/linux/netfilter/nf_tables.h, net/netfilter/nf_tables_api.c). */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32, be64, bits, text } from '../schema/type.ts'
import { nftName, nftUserdata } from './data.ts'
import { nftFlags } from './flags.ts'

/** `NFTA_TABLE_*`: a table. */
export const nftTable = table(
  'NFTA_TABLE',
  '3.13',
  'A table.',
  {
    name: attr(1, nftName, 'name'),
    flags: attr(2, bits(be32, nftFlags.table), 'flags; in a request, unchanged when absent'),
    use: attr(3, be32, 'chains, sets, objects and flowtables in it'),
    handle: attr(4, be64, 'number of the table, unique in its namespace', { since: '4.16' }),
    userdata: attr(6, nftUserdata, 'of those who made it', { since: '5.10' }),
    owner: attr(7, be32, 'port id of the socket it belongs to', { since: '5.12' }),
  },
  { pad: 5 },
)
/** Attributes of a table. */
export interface NftTable extends Infer<typeof nftTable> {}

/** `NFTA_GEN_*`: the generation of all rules, which each transaction raises. */
export const nftGeneration = table('NFTA_GEN', '3.18', 'The generation of all rules, which each transaction raises.', {
  id: attr(1, be32, 'the generation'),
  procPid: attr(2, be32, 'process that committed it, in events; else that which asks', { since: '4.15' }),
  procName: attr(3, text(15), 'its name', { since: '4.15' }),
})
/** The generation of all rules. */
export interface NftGeneration extends Infer<typeof nftGeneration> {}
