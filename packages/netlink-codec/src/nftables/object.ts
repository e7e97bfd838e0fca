/** Objects: what rules refer to by name. */

import { timeoutData, timeoutGeneric } from '../conntrack/timeout.ts'
import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be16, be32, be64, nestBy, text, u8, u32, word } from '../schema/type.ts'
import { nftName, nftUserdata, objectType } from './data.ts'
import { connlimit, counter, limit, quota } from './expressions/stateful.ts'
import { synproxy } from './expressions/statement.ts'
import { tunnel } from './tunnel.ts'

const ctHelper = table('NFTA_CT_HELPER', '4.12', 'A helper connections can be given.', {
  name: attr(1, text(15), 'name of the helper: ftp'),
  l3proto: attr(2, be16, 'family'),
  l4proto: attr(3, u8, 'layer-4 protocol'),
})

const l4proto = attr(2, u8, 'layer-4 protocol')
const ctTimeout = table('NFTA_CT_TIMEOUT', '4.19', 'Timeouts connections can be given.', {
  l3proto: attr(1, be16, 'family'),
  l4proto,
  data: attr(3, nestBy({ l4proto }, timeoutData, timeoutGeneric), 'the timeouts, in the table of the layer-4 protocol'),
})

const ctExpect = table('NFTA_CT_EXPECT', '5.3', 'Connections to expect.', {
  l3proto: attr(1, be16, 'family'),
  l4proto,
  dport: attr(3, be16, 'destination port'),
  timeout: attr(4, u32, 'milliseconds to wait for one; host order'),
  size: attr(5, u8, 'connections to expect at once'),
})

const secmark = table('NFTA_SECMARK', '4.20', 'A security label packets can be given.', {
  ctx: attr(1, text(4095), 'the label'),
})

/** Which table the data of an object follows, by its type. */
export const objectData = {
  counter,
  quota,
  ctHelper,
  limit,
  connlimit,
  tunnel,
  ctTimeout,
  secmark,
  ctExpect,
  synproxy,
} as const

/** Name of a type of object. */
export type ObjectType = keyof typeof objectData
/** What an object of a type has. */
export type ObjectData<Type extends ObjectType> = Infer<(typeof objectData)[Type]>

const type = attr(3, word(be32, objectType), 'type')

/** `NFTA_OBJ_*`: an object. */
export const nftObject = table(
  'NFTA_OBJ',
  '4.10',
  'An object: what rules refer to by name.',
  {
    table: attr(1, nftName, 'table it is in'),
    name: attr(2, nftName, 'name, unique among those of its type in the table'),
    type,
    data: attr(4, nestBy({ type }, objectData), 'what it does, by its type'),
    use: attr(5, be32, 'references to it'),
    handle: attr(6, be64, 'number of the object, unique in its table', { since: '4.16' }),
    userdata: attr(8, nftUserdata, 'of those who made it', { since: '5.10' }),
  },
  { pad: 7 },
)
/** Attributes of an object. */
export interface NftObject extends Infer<typeof nftObject> {}
