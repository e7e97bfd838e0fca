import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32, be64, bits, list, nest, text, word } from '../schema/type.ts'
import { nftName, nftUserdata } from './data.ts'
import { type Expression, expression } from './expression.ts'
import { nftFlags } from './flags.ts'

/** `NFTA_RULE_COMPAT_*`: which packets an extension of iptables is asked about. */
export const nftRuleCompat = table('NFTA_RULE_COMPAT', '3.13', 'Which packets an extension of iptables is told of.', {
  proto: attr(1, be32, 'layer-4 protocol'),
  flags: attr(2, bits(be32, nftFlags.compat), 'flags'),
})
/** Which packets an extension of iptables is told of. */
export interface NftRuleCompat extends Infer<typeof nftRuleCompat> {}

/** `NFTA_RULE_*`: a rule. */
export const nftRule = table(
  'NFTA_RULE',
  '3.13',
  'A rule.',
  {
    table: attr(1, nftName, 'table it is in'),
    chain: attr(2, nftName, 'chain it is in'),
    handle: attr(3, be64, 'number of the rule, unique in its table'),
    expressions: attr(4, list(nest<Expression>(expression)), 'its steps, at most 128'),
    compat: attr(5, nest<NftRuleCompat>(nftRuleCompat), 'of extensions of iptables'),
    position: attr(6, be64, 'handle of a neighbour; in answers, of the rule before'),
    userdata: attr(7, nftUserdata, 'of those who made it: nft keeps the comment there', { since: '3.15' }),
    id: attr(9, be32, 'its number in the transaction', { since: '4.9' }),
    positionId: attr(10, be32, 'a neighbour, by its number in the transaction', { since: '5.1' }),
    chainId: attr(11, be32, 'the chain, by its number in the transaction', { since: '5.9' }),
  },
  { pad: 8 },
)
/** Attributes of a rule. */
export interface NftRule extends Infer<typeof nftRule> {}

/** `NFTA_COMPAT_*`: whether the kernel has an extension of iptables. */
export const nftCompat = table('NFTA_COMPAT', '3.13', 'Whether the kernel has an extension of iptables.', {
  name: attr(1, text(31), 'its name'),
  rev: attr(2, be32, 'revision; in answers, the newest there is'),
  type: attr(3, word(be32, { match: 0, target: 1 }), 'match or target'),
})
/** Whether the kernel has an extension of iptables. */
export interface NftCompat extends Infer<typeof nftCompat> {}
