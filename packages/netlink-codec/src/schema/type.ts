import { attrLimit } from '../wire/bytes.ts'
import type { Attr, Choice, Field, Infer, Kind, Names, Show, Slot, Table, Type } from './shape.ts'
import { attr, table } from './table.ts'

interface More {
  readonly limit?: number
  readonly show?: Show
  readonly names?: Names
  readonly fields?: readonly Field[]
  readonly number?: Type<number>
  readonly table?: Table
  readonly item?: string
  readonly choice?: Choice
}

const noNames: Names = {}
const noFields: readonly Field[] = []

// Every Type is built here, so that all of them share one hidden class.
function type<T>(kind: Kind, size: number, more: More = {}): Type<T> {
  return {
    kind,
    size,
    limit: more.limit ?? (size || attrLimit),
    show: more.show ?? 'number',
    names: more.names ?? noNames,
    fields: more.fields ?? noFields,
    number: more.number,
    table: more.table,
    item: more.item,
    choice: more.choice,
  }
}

export const u8 = type<number>('u8', 1)
export const be16 = type<number>('be16', 2)
export const be32 = type<number>('be32', 4)
/** Two's complement. */
export const sbe32 = type<number>('sbe32', 4)
export const be64 = type<bigint>('be64', 8)
/** Host order: rare, and always said so in the row's documentation. */
export const u32 = type<number>('u32', 4)
export const u64 = type<bigint>('u64', 8)

/** A NUL-terminated string; `limit` counts its bytes without the NUL. */
export const text = (limit = attrLimit - 1): Type<string> => type('text', 0, { limit: limit + 1, show: 'text' })
/** Opaque bytes, at least `size` and at most `limit` of them. */
export const bytes = (size = 0, limit = size || attrLimit): Type<Uint8Array> =>
  type('bytes', size, { limit, show: 'bytes' })
/** An IPv4 or IPv6 address: 4 or 16 bytes in network order. */
export const address = (size: 4 | 16): Type<Uint8Array> => type('bytes', size, { show: 'address' })
/** A hardware address: that of Ethernet has 6 bytes. */
export const hardwareAddress = (size: number): Type<Uint8Array> => type('bytes', size, { show: 'hardware address' })

/** The same number, printed in hexadecimal: marks. */
export const hex = (base: Type<number>): Type<number> => type(base.kind, base.size, { show: 'hex' })
/** Names for printing. The value stays a number: a newer kernel may send one without a name here. */
export const named = (base: Type<number>, names: Names): Type<number> =>
  type(base.kind, base.size, { show: 'names', names })
/** The same, where each name is one bit. */
export const bits = (base: Type<number>, names: Names): Type<number> =>
  type(base.kind, base.size, { show: 'bits', names })
/** A number that is read and written by name; one without a name here stays a number. */
export const word = <N extends Names>(number: Type<number>, names: N): Type<(keyof N & string) | number> =>
  type('word', number.size, { show: 'names', names, number })
/** The name a number has among these, or `undefined`. */
export const nameIn = (names: Names, number: number): string | undefined =>
  Object.keys(names).find((name) => names[name] === number)

export const nest = <T>(of: Table & { readonly rows: RowsOf<T> }): Type<T> =>
  type('nest', 0, { show: 'fields', table: of })
type RowsOf<T> = { readonly [K in Exclude<keyof T, 'unknown'>]-?: Attr<Exclude<T[K], undefined>> }

/** A nest of any number of attributes, each a value of the type `of`. */
export const list = <T>(of: Type<T>): Type<readonly T[]> =>
  type('list', 0, {
    show: 'fields',
    table: table('NFTA_LIST', '3.13', 'A list.', { elem: attr(1, of, 'one item') }),
    item: 'elem',
  })

/** A nest of any number of attributes, in an order that counts; an item is an object with the one row it has. */
export const listOf = <T extends Table>(of: T): Type<readonly Infer<T>[]> =>
  type('list', 0, { show: 'fields', table: of })

/**
 * A nest whose table the value of a neighbour chooses: the row that is given by its name. Where no table is known for the value, the
 * nest is kept as an unknown attribute.
 */
export function nestBy<const T extends Choice['tables'], O extends Table = never>(
  neighbour: { readonly [by: string]: Attr<unknown> },
  tables: T,
  otherwise?: O,
): Type<Infer<T[keyof T] | O>> {
  const [[by, row]] = Object.entries(neighbour) as [[string, Attr<unknown>]]
  return type('nest', 0, { show: 'fields', choice: { by, row, tables, otherwise } })
}

/** A packed C struct: fields without padding, in order. Name a gap with a key that starts with `pad`. */
export function struct<F extends { readonly [key: string]: Type<unknown> }>(
  fields: F,
): Type<{ readonly [K in keyof F as K extends `pad${string}` ? never : K]: F[K] extends Type<infer V> ? V : never }> {
  let at = 0
  const list: Field[] = []
  for (const [key, of] of Object.entries(fields)) {
    list.push({ key, at, type: of })
    at += of.size
  }
  return type('struct', at, { show: 'fields', fields: list })
}

/** The row all attributes of a list follow; `undefined` of what is no list, or one whose attributes follow rows of their own. */
export const itemOf = ({ item, table }: Type<unknown>): Slot | undefined =>
  item === undefined ? undefined : table!.slots[0]

/** One item of a list as the object its table encodes. */
export const entryOf = ({ item }: Type<unknown>, value: unknown): { readonly [key: string]: unknown } =>
  item === undefined ? (value as { readonly [key: string]: unknown }) : { [item]: value }

export const isPad = (field: Field): boolean => field.key.startsWith('pad')

/** The table a `nestBy` type follows beside these siblings, or `undefined` when they do not say. */
export function chosen({ choice }: Type<unknown>, siblings: { readonly [key: string]: unknown }): Table | undefined {
  const value = choice && siblings[choice.by]
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  return Object.hasOwn(choice!.tables, value) ? choice!.tables[value] : choice!.otherwise
}
