/** Sets, maps and their elements. */

import type { Infer } from '../schema/shape.ts'
import { attr, table } from '../schema/table.ts'
import { be32, be64, bits, list, nest, text, word } from '../schema/type.ts'
import { dataNest, nftName, nftUserdata, objectType } from './data.ts'
import { type StatefulExpression, statefulExpression } from './expressions/stateful.ts'
import { nftFlags } from './flags.ts'

const stateful = nest<StatefulExpression>(statefulExpression)

/** `NFTA_SET_FIELD_*`: a field of a concatenation. */
export const nftSetField = table('NFTA_SET_FIELD', '5.6', 'A field of a concatenation.', {
  len: attr(1, be32, 'bytes'),
})
/** A field of a concatenation. */
export interface NftSetField extends Infer<typeof nftSetField> {}

/** `NFTA_SET_DESC_*`: size and fields of a set. */
export const nftSetDesc = table('NFTA_SET_DESC', '3.16', 'Size and fields of a set.', {
  size: attr(1, be32, 'elements there may be'),
  concat: attr(2, list(nest<NftSetField>(nftSetField)), 'fields of a concatenation with ranges', { since: '5.6' }),
})
/** Size and fields of a set. */
export interface NftSetDesc extends Infer<typeof nftSetDesc> {}

/** `NFTA_SET_*`: a set or map. */
export const nftSet = table(
  'NFTA_SET',
  '3.13',
  'A set or map.',
  {
    table: attr(1, nftName, 'table it is in'),
    name: attr(2, nftName, 'name; %d in it is a number the kernel gives'),
    flags: attr(3, bits(be32, nftFlags.set), 'flags; 0 when absent'),
    keyType: attr(4, be32, 'type of the keys: a number nft gives it'),
    keyLen: attr(5, be32, 'bytes of a key: each field of a concatenation is padded to 4'),
    dataType: attr(6, be32, 'of a map: type of the values; `verdictDataType`, or a number nft gives it'),
    dataLen: attr(7, be32, 'of a map: bytes of a value'),
    policy: attr(8, word(be32, { performance: 0, memory: 1 }), 'what to spare: time or memory', { since: '3.16' }),
    desc: attr(9, nest<NftSetDesc>(nftSetDesc), 'size and fields', { since: '3.16' }),
    id: attr(10, be32, 'its number in the transaction', { since: '3.16' }),
    timeout: attr(11, be64, 'milliseconds an element lives that does not say so itself', { since: '4.1' }),
    gcInterval: attr(12, be32, 'milliseconds between searches for dead elements', { since: '4.1' }),
    userdata: attr(13, nftUserdata, 'of those who made it: nft keeps byte orders there', { since: '4.6' }),
    objType: attr(15, word(be32, objectType), 'of a map of objects: their type', { since: '4.10' }),
    handle: attr(16, be64, 'number of the set, unique in its table', { since: '4.16' }),
    expr: attr(17, stateful, 'expression each element has', { since: '5.7' }),
    expressions: attr(18, list(stateful), 'expressions each element has', { since: '5.11' }),
    type: attr(19, text(), 'how the kernel keeps it: a symbol or an address of its own', { since: '6.16' }),
    count: attr(20, be32, 'elements', { since: '6.16' }),
  },
  { pad: 14 },
)
/** Attributes of a set or map. */
export interface NftSet extends Infer<typeof nftSet> {}

/** `NFTA_SET_ELEM_*`: an element of a set. */
export const nftElement = table(
  'NFTA_SET_ELEM',
  '3.13',
  'An element of a set or map.',
  {
    key: attr(1, dataNest, 'key: of an interval its start, or its end with the flag `intervalEnd`'),
    data: attr(2, dataNest, 'of a map: the value'),
    flags: attr(3, bits(be32, nftFlags.element), 'flags; 0 when absent'),
    timeout: attr(4, be64, 'milliseconds it lives; 0 for ever', { since: '4.1' }),
    expiration: attr(5, be64, 'milliseconds it has left', { since: '4.1' }),
    userdata: attr(6, nftUserdata, 'of those who made it: nft keeps the comment there', { since: '4.1' }),
    expr: attr(7, stateful, 'its only expression', { since: '4.3' }),
    objref: attr(9, nftName, 'of a map of objects: name of the object', { since: '4.10' }),
    keyEnd: attr(10, dataNest, 'of a concatenation with ranges: last key', { since: '5.6' }),
    expressions: attr(11, list(stateful), 'its expressions', { since: '5.11' }),
  },
  { pad: 8 },
)
/** Attributes of an element. */
export interface NftElement extends Infer<typeof nftElement> {}

/** `NFTA_SET_ELEM_LIST_*`: elements of one set. */
export const nftElements = table('NFTA_SET_ELEM_LIST', '3.13', 'Elements of one set.', {
  table: attr(1, nftName, 'table the set is in'),
  set: attr(2, nftName, 'the set'),
  elements: attr(3, list(nest<NftElement>(nftElement)), 'the elements'),
  setId: attr(4, be32, 'the set, by its number in the transaction', { since: '3.16' }),
})
/** Elements of one set. */
export interface NftElements extends Infer<typeof nftElements> {}
