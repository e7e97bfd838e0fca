/**
 * Random values of any table, for property tests with `fast-check`.
 *
 * @module
 */

import * as fc from 'fast-check'
import { typeMask } from '../wire/bytes.ts'
import type { Infer, Table, Type, UnknownAttr } from './shape.ts'
import { isPad } from './type.ts'

/** Bytes and text are short by default: their contents decide nothing, their lengths modulo four do. */
const longest = 40

/**
 * Any value a table can encode; decoding what it encodes to gives an equal value.
 *
 * @example
 * import { decode, encodeAttrs } from '@nfkit/netlink-codec'
 * import { anyOf } from '@nfkit/netlink-codec/arbitrary'
 * import { counters } from '@nfkit/netlink-codec/conntrack'
 * import * as fc from 'fast-check'
 *
 * fc.assert(fc.property(anyOf(counters), (value) => encodeAttrs(counters, decode(counters, encodeAttrs(counters, value))).length % 4 === 0))
 */
export function anyOf<T extends Table>(table: T): fc.Arbitrary<Infer<T>> {
  const rows = Object.fromEntries(table.slots.map(({ key, attr }) => [key, anyValue(attr.type)]))
  return fc.record({ ...rows, unknown: anyUnknown(table) }, { requiredKeys: [] }) as unknown as fc.Arbitrary<Infer<T>>
}

/** Attributes the table has no row for. */
export function anyUnknown(table: Table): fc.Arbitrary<readonly UnknownAttr[]> {
  const id = fc.oneof(fc.nat(table.byId.length + 3), fc.nat(typeMask))
  const without = id.filter((id) => table.byId[id] === undefined && id !== table.pad)
  return fc.array(fc.record({ id: without, bytes: anyBytes(0, longest) }), { minLength: 1, maxLength: 3 })
}

/** Any value of one type. Numbers with names are often one of those. */
export function anyValue(type: Type<unknown>): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'u8':
      return anyNumber(type, 0xff)
    case 'be16':
      return anyNumber(type, 0xffff)
    case 'be32':
    case 'u32':
      return anyNumber(type, 0xffff_ffff)
    case 'be64':
    case 'u64':
      return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })
    case 'text':
      return anyText(Math.min(type.limit - 1, longest))
    case 'bytes':
      return anyBytes(type.size, Math.min(type.limit, Math.max(type.size, longest)))
    case 'nest':
      return anyOf(type.table!)
    case 'struct': {
      const fields = type.fields.filter((field) => !isPad(field))
      return fc.record(Object.fromEntries(fields.map(({ key, type }) => [key, anyValue(type)])))
    }
    default:
      return type.kind satisfies never
  }
}

function anyNumber({ names }: Type<unknown>, max: number): fc.Arbitrary<number> {
  const known = Object.values(names)
  const any = fc.oneof(fc.nat(Math.min(max, 0x7fff_ffff)), fc.integer({ min: 0, max }), fc.constantFrom(0, max))
  return known.length === 0 ? any : fc.oneof(fc.constantFrom(...known), any)
}

const anyBytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength })

/** Text whose UTF-8 has at most `limit` bytes: up to a quarter as many characters of any kind, or ASCII alone. */
function anyText(limit: number): fc.Arbitrary<string> {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: limit })
  const any = fc.string({ unit: 'binary', maxLength: limit >> 2 })
  return fc.oneof(ascii, any).map((text) => text.replaceAll('\0', ' '))
}
