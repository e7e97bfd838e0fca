import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32, be64, bits, listOf, nest, sbe32, text, word } from '../schema/type.ts'
import { nftName, nftUserdata } from './data.ts'
import { counter } from './expressions/stateful.ts'
import { nftFlags } from './flags.ts'

/** `NFTA_DEVICE_*`: an interface, by name. */
export const nftDevice = table('NFTA_DEVICE', '5.5', 'An interface: one of these.', {
  name: attr(1, text(15), 'its name'),
  prefix: attr(2, text(15), 'start of the names of several', { since: '6.17' }),
})
/** An interface: one of `name` and `prefix`. */
export interface NftDevice extends Infer<typeof nftDevice> {}

/** `NFTA_HOOK_*`: where packets come into a base chain. */
export const nftHook = table('NFTA_HOOK', '3.13', 'Where packets come into a base chain.', {
  hooknum: attr(1, be32, 'hook, a number of its family'),
  priority: attr(2, sbe32, 'base chains of a hook run from the lowest to the highest'),
  dev: attr(3, text(15), 'interface, of families netdev and inet', { since: '4.2' }),
  devs: attr(4, listOf(nftDevice), 'interfaces', { since: '5.5' }),
})
/** Where packets come into a base chain. */
export interface NftHook extends Infer<typeof nftHook> {}

/** `NFTA_CHAIN_*`: a chain. */
export const nftChain = table(
  'NFTA_CHAIN',
  '3.13',
  'A chain.',
  {
    table: attr(1, nftName, 'table it is in'),
    handle: attr(2, be64, 'number of the chain, unique in its table'),
    name: attr(3, nftName, 'name'),
    hook: attr(4, nest<NftHook>(nftHook), 'of a base chain: where packets come in'),
    policy: attr(5, word(be32, { drop: 0, accept: 1 }), 'of a base chain: verdict at its end'),
    use: attr(6, be32, 'rules in it, and references to it'),
    type: attr(7, nftName, 'of a base chain: filter, nat or route'),
    counters: attr(8, nest<Infer<typeof counter>>(counter), 'what its policy has met'),
    flags: attr(10, bits(be32, nftFlags.chain), 'flags', { since: '5.7' }),
    id: attr(11, be32, 'its number in the transaction', { since: '5.9' }),
    userdata: attr(12, nftUserdata, 'of those who made it', { since: '5.10' }),
  },
  { pad: 9 },
)
/** Attributes of a chain. */
export interface NftChain extends Infer<typeof nftChain> {}
