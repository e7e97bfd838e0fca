import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32, be64, bits, listOf, nest, sbe32 } from '../schema/type.ts'
import { nftDevice } from './chain.ts'
import { nftName } from './data.ts'
import { nftFlags } from './flags.ts'

/** `NFTA_FLOWTABLE_HOOK_*`: where packets come into a flowtable. */
export const nftFlowtableHook = table('NFTA_FLOWTABLE_HOOK', '4.16', 'Where packets come into a flowtable.', {
  num: attr(1, be32, 'hook: 0, ingress'),
  priority: attr(2, sbe32, 'what is at the hook runs from the lowest to the highest'),
  devs: attr(3, listOf(nftDevice), 'interfaces'),
})
/** Where packets come into a flowtable. */
export interface NftFlowtableHook extends Infer<typeof nftFlowtableHook> {}

/** `NFTA_FLOWTABLE_*`: connections whose packets pass by all rules. */
export const nftFlowtable = table(
  'NFTA_FLOWTABLE',
  '4.16',
  'Connections whose packets pass by all rules.',
  {
    table: attr(1, nftName, 'table it is in'),
    name: attr(2, nftName, 'name'),
    hook: attr(3, nest<NftFlowtableHook>(nftFlowtableHook), 'where packets come in'),
    use: attr(4, be32, 'references to it'),
    handle: attr(5, be64, 'number of the flowtable, unique in its table'),
    flags: attr(7, bits(be32, nftFlags.flowtable), 'flags', { since: '5.7' }),
  },
  { pad: 6 },
)
/** Attributes of a flowtable. */
export interface NftFlowtable extends Infer<typeof nftFlowtable> {}
