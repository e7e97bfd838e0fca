/**
 * Random values of any table, for property tests with `fast-check`.
 *
 * @module
 */

import * as fc from 'fast-check'
import { typeMask } from '../wire/bytes.ts'
import type { Choice, Infer, Table, Type, UnknownAttr } from './shape.ts'
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
  const free = table.slots.filter(({ attr }) => attr.type.choice === undefined)
  const rows = Object.fromEntries(free.map(({ key, attr }) => [key, anyValue(attr.type)]))
  const plain = fc.record({ ...rows, unknown: anyUnknown(table) }, { requiredKeys: [] })
  const chosen = table.slots.filter(({ attr }) => attr.type.choice !== undefined)
  return chosen.reduce<fc.Arbitrary<object>>(
    (any, { key, attr }) => fc.oneof(any, anyChosen(any, key, attr.type.choice!)),
    plain,
  ) as fc.Arbitrary<Infer<T>>
}

/** What chooses and what is chosen, in either order. */
function anyChosen(rest: fc.Arbitrary<object>, key: string, { by, row, tables }: Choice): fc.Arbitrary<object> {
  const worded = row.type.kind === 'word' || row.type.kind === 'text'
  const pairs = Object.entries(tables).map(([value, table]) =>
    anyOf(table).map((inside) => [worded ? value : Number(value), inside] as const),
  )
  return fc
    .tuple(rest, fc.oneof(...pairs), fc.boolean())
    .map(([others, [value, inside], first]) =>
      first ? { [key]: inside, ...others, [by]: value } : { ...others, [by]: value, [key]: inside },
    )
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
    case 'sbe32':
      return fc.integer()
    case 'word':
      return anyWord(type)
    case 'be64':
    case 'u64':
      return fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn })
    case 'text':
      return anyText(Math.min(type.limit - 1, longest))
    case 'bytes':
      return anyBytes(type.size, Math.min(type.limit, Math.max(type.size, longest)))
    case 'nest':
      return anyOf(type.table!)
    case 'list':
      return fc.array(anyItem(type), { maxLength: 3 })
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

/** A word, or a number that is none. */
function anyWord({ names, number }: Type<unknown>): fc.Arbitrary<string | number> {
  const taken = new Set(Object.values(names))
  const other = anyValue(number!).filter((value) => !taken.has(value as number)) as fc.Arbitrary<number>
  return fc.oneof(fc.constantFrom(...Object.keys(names)), other)
}

function anyItem({ table, item }: Type<unknown>): fc.Arbitrary<unknown> {
  if (item !== undefined) return anyValue(table!.rows[item]!.type)
  return fc.oneof(...table!.slots.map(({ key, attr }) => anyValue(attr.type).map((value) => ({ [key]: value }))))
}

const anyBytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength })

/** Text whose UTF-8 has at most `limit` bytes: up to a quarter as many characters of any kind, or ASCII alone. */
function anyText(limit: number): fc.Arbitrary<string> {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: limit })
  const any = fc.string({ unit: 'binary', maxLength: limit >> 2 })
  return fc.oneof(ascii, any).map((text) => text.replaceAll('\0', ' '))
}
