/** What registers hold, verdicts, and what names and types the rest shares. */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32, bytes, nest, sbe32, text, word } from '../schema/type.ts'

/** `NFT_NAME_MAXLEN`, without the NUL. */
export const nftName = text(255)
/** `NFT_USERDATA_MAXLEN`: of those who make rules; opaque to the kernel. */
export const nftUserdata = bytes(0, 256)

/** `NFT_OBJECT_*`: types of objects. */
export const objectType = {
  counter: 1,
  quota: 2,
  ctHelper: 3,
  limit: 4,
  connlimit: 5,
  tunnel: 6,
  ctTimeout: 7,
  secmark: 8,
  ctExpect: 9,
  synproxy: 10,
} as const

/** Values of `dataType` of a set (`enum nft_data_types`): values are 0, or a number nft gives its types; a verdict is this one. */
export const verdictDataType = 0xffff_ff00

/** `NFTA_VERDICT_*`: what becomes of the packet. */
export const nftVerdict = table('NFTA_VERDICT', '3.13', 'What becomes of the packet.', {
  code: attr(
    1,
    word(sbe32, { drop: 0, accept: 1, continue: -1, break: -2, jump: -3, goto: -4, return: -5 }),
    'the verdict; of a queue, in trace events, 65536 times its number and 3',
  ),
  chain: attr(2, nftName, 'chain to jump or go to'),
  chainId: attr(3, be32, 'the same, by its id in the transaction', { since: '5.9' }),
})
/** What becomes of the packet. */
export interface NftVerdict extends Infer<typeof nftVerdict> {}

/** `NFTA_DATA_*`: what a register holds. */
export const nftData = table('NFTA_DATA', '3.13', 'What a register holds: a value or a verdict.', {
  value: attr(
    1,
    bytes(0, 64),
    'bytes as they are in the register: those of packets in network order, other numbers in host order',
  ),
  verdict: attr(2, nest<NftVerdict>(nftVerdict), 'a verdict'),
})
/** What a register holds: a value or a verdict. */
export interface NftData extends Infer<typeof nftData> {}

/** A nest of `NFTA_DATA_*`. */
export const dataNest = nest<NftData>(nftData)
