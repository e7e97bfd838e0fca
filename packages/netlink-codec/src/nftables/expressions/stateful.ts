/** Expressions with a state of their own: the kernel lets only these be objects and parts of set elements. */

import { attr, table } from '../../schema/table.ts'
import { be32, be64, bits, nestBy, text, word } from '../../schema/type.ts'
import { nftFlags } from '../flags.ts'
import type { ExpressionOf } from './shape.ts'

/** `NFTA_COUNTER_*`: counts packets and bytes. */
export const counter = table(
  'NFTA_COUNTER',
  '3.13',
  'Counts.',
  { bytes: attr(1, be64, 'bytes'), packets: attr(2, be64, 'packets') },
  { pad: 3 },
)

export const limit = table(
  'NFTA_LIMIT',
  '3.13',
  'Goes on while a rate is not exceeded: a token bucket.',
  {
    rate: attr(1, be64, 'packets or bytes in one unit'),
    unit: attr(2, be64, 'the unit, in seconds'),
    burst: attr(3, be32, 'packets or bytes that may come at once', { since: '4.3' }),
    type: attr(4, word(be32, { pkts: 0, pktBytes: 1 }), 'packets or bytes', { since: '4.3' }),
    flags: attr(5, bits(be32, nftFlags.limit), 'go on when it is exceeded', { since: '4.3' }),
  },
  { pad: 6 },
)

export const connlimit = table('NFTA_CONNLIMIT', '4.18', 'Goes on while there are not too many connections.', {
  count: attr(1, be32, 'connections'),
  flags: attr(2, bits(be32, nftFlags.connlimit), 'go on when there are more'),
})

export const quota = table(
  'NFTA_QUOTA',
  '4.9',
  'Goes on until so many bytes have come.',
  {
    bytes: attr(1, be64, 'bytes'),
    flags: attr(2, bits(be32, nftFlags.quota), 'go on afterwards instead; whether they have come'),
    consumed: attr(4, be64, 'bytes that have come', { since: '4.10' }),
  },
  { pad: 3 },
)

const last = table(
  'NFTA_LAST',
  '5.14',
  'Remembers when it was last met.',
  { set: attr(1, be32, 'whether it was'), msecs: attr(2, be64, 'milliseconds since') },
  { pad: 3 },
)

/** Which table the data of a stateful expression follows, by its name. */
export const statefulData = { counter, limit, connlimit, quota, last } as const

const name = attr(1, text(), 'name of the expression')

/** `NFTA_EXPR_*`: an expression of a set element. */
export const statefulExpression = table('NFTA_EXPR', '4.3', 'An expression of a set element: one with a state.', {
  name,
  data: attr(2, nestBy({ name }, statefulData), 'what it does, by its name'),
})
/** An expression of a set element. `data` is absent of one without a table: what it has is among `unknown`. */
export type StatefulExpression = ExpressionOf<typeof statefulData>
