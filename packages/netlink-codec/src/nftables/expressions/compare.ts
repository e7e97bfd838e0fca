/** Expressions that change or compare registers, and look them up. */

import { attr, table } from '../../schema/table.ts'
import { be32, be64, bits, list, nest, word } from '../../schema/type.ts'
import { dataNest, nftName } from '../data.ts'
import { nftFlags } from '../flags.ts'
import { type StatefulExpression, statefulExpression } from './stateful.ts'

const sreg = attr(1, be32, 'register to read')
const dreg = attr(2, be32, 'register to write')

export const cmp = table('NFTA_CMP', '3.13', 'Goes on when a register compares with a constant as wanted.', {
  sreg,
  op: attr(2, word(be32, { eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5 }), 'how it must compare, byte by byte'),
  data: attr(3, dataNest, 'the constant'),
})

export const range = table('NFTA_RANGE', '4.9', 'Goes on when a register is within two constants, or not.', {
  sreg,
  op: attr(2, word(be32, { eq: 0, neq: 1 }), 'within or not'),
  fromData: attr(3, dataNest, 'lowest value within'),
  toData: attr(4, dataNest, 'highest value within'),
})

export const bitwise = table('NFTA_BITWISE', '3.13', 'Changes bits of a register.', {
  sreg,
  dreg,
  len: attr(3, be32, 'bytes'),
  mask: attr(4, dataNest, 'of `maskXor`: bits to keep'),
  xor: attr(5, dataNest, 'of `maskXor`: bits to turn over then'),
  op: attr(6, word(be32, { maskXor: 0, lshift: 1, rshift: 2, and: 3, or: 4, xor: 5 }), 'how', { since: '5.6' }),
  data: attr(7, dataNest, 'of shifts: by how many bits, in host order', { since: '5.6' }),
  sreg2: attr(8, be32, 'of `and`, `or` and `xor`: the other register', { since: '6.13' }),
})

export const byteorder = table('NFTA_BYTEORDER', '3.13', 'Turns numbers in a register into the other byte order.', {
  sreg,
  dreg,
  op: attr(3, word(be32, { ntoh: 0, hton: 1 }), 'to host or to network order'),
  len: attr(4, be32, 'bytes in all'),
  size: attr(5, be32, 'bytes of one number: 2, 4 or 8'),
})

export const lookup = table(
  'NFTA_LOOKUP',
  '3.13',
  'Goes on when a set has what is in a register; loads what a map has for it.',
  {
    set: attr(1, nftName, 'name of the set or map'),
    sreg: attr(2, be32, 'register to look up'),
    dreg: attr(3, be32, 'of maps: register to load; 0 for a verdict'),
    setId: attr(4, be32, 'the set by its id in the transaction'),
    flags: attr(5, bits(be32, nftFlags.lookup), 'go on when the set does not have it', { since: '4.8' }),
  },
)

export const dynset = table(
  'NFTA_DYNSET',
  '4.1',
  'Adds what is in a register to a set, or takes it away.',
  {
    setName: attr(1, nftName, 'name of the set or map'),
    setId: attr(2, be32, 'the set by its id in the transaction'),
    op: attr(3, word(be32, { add: 0, update: 1, delete: 2 }), 'what to do'),
    sregKey: attr(4, be32, 'register with the key'),
    sregData: attr(5, be32, 'of maps: register with the value'),
    timeout: attr(6, be64, 'milliseconds the element lives'),
    expr: attr(7, nest<StatefulExpression>(statefulExpression), 'the only expression of the element', { since: '4.3' }),
    flags: attr(9, bits(be32, nftFlags.dynset), 'go on when it could not be done; the element has expressions', {
      since: '4.8',
    }),
    expressions: attr(10, list(nest<StatefulExpression>(statefulExpression)), 'expressions of the element', {
      since: '5.11',
    }),
  },
  { pad: 8 },
)
