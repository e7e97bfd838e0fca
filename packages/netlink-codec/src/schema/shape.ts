/** The shapes of a protocol written down as data: tables of rows, a row with its type. */

/** One row: the wire id, the payload's type, and what it means. */
export interface Attr<T> {
  /** The number on the wire, without flags. */
  readonly id: number
  /** What the payload looks like. */
  readonly type: Type<T>
  /** What it means, in one line. */
  readonly doc: string
  /** The first kernel that has it. `undefined`: as old as its table. */
  readonly since: string | undefined
  /** The kernel's name where it does not follow from table and key. */
  readonly name: string | undefined
}

/** The rows of a table, by the name each has in JavaScript. */
export interface Rows {
  readonly [key: string]: Attr<unknown>
}

/** A row with its names. */
export interface Slot {
  /** The name in JavaScript: `tupleOrig`. */
  readonly key: string
  /** The kernel's name: `CTA_TUPLE_ORIG`. */
  readonly name: string
  /** The row. */
  readonly attr: Attr<unknown>
}

/** One run of attributes written down as data: its rows, and how to find a row by name and by number. */
export interface Table<R extends Rows = Rows> {
  /** The prefix the kernel gives this family's constants. */
  readonly name: string
  /** What the table describes, in one sentence. */
  readonly doc: string
  /** The rows by name. */
  readonly rows: R
  /** The rows in the order they are written. */
  readonly slots: readonly Slot[]
  /** The rows by the number on the wire. */
  readonly byId: readonly (Slot | undefined)[]
  /** The first kernel that has it. */
  readonly since: string
  /** Id of the empty attribute some machines put before 64-bit values to align them: skipped, never kept as unknown. */
  readonly pad: number | undefined
}

/** An attribute this library has no row for, as it was: a newer kernel's, usually. */
export interface UnknownAttr {
  /** The number on the wire, without flags. */
  readonly id: number
  /** The payload. */
  readonly bytes: Uint8Array
}

/** The object a table decodes to. Every attribute is optional: the kernel sends what applies. */
export type Infer<T> =
  T extends Table<infer R>
    ? { readonly [K in keyof R]?: (R[K] extends Attr<infer V> ? V : never) | undefined } & {
        /** Attributes without a row, in the order they came. */
        readonly unknown?: readonly UnknownAttr[] | undefined
      }
    : never

/** The value a type reads as. */
export type Value<T> = T extends Type<infer V> ? V : never

/** What a payload looks like. Each interpreter is one exhaustive switch over these. */
export type Kind =
  | 'u8'
  | 'be16'
  | 'be32'
  | 'sbe32'
  | 'be64'
  | 'u32'
  | 'u64'
  | 'word'
  | 'text'
  | 'bytes'
  | 'struct'
  | 'nest'
  | 'list'

/** Names for numbers: of single values, or of bits when a type is made with `bits`. */
export interface Names {
  readonly [name: string]: number
}

/** How a printer shows the value. It never changes the value itself. */
export type Show = 'number' | 'hex' | 'names' | 'bits' | 'address' | 'hardware address' | 'bytes' | 'text' | 'fields'

/** What one attribute payload, or one field of a struct, looks like. */
export interface Type<T> {
  /** What the payload looks like. */
  readonly kind: Kind
  /** Bytes a valid payload has at least; exactly that many when encoded, unless the kind is text, bytes or nest. */
  readonly size: number
  /** Bytes a payload has at most. */
  readonly limit: number
  /** How a printer shows the value. */
  readonly show: Show
  /** Names of values, or of bits; empty when there are none. */
  readonly names: Names
  /** Of a struct, in order; else empty. */
  readonly fields: readonly Field[]
  /** Of a word: the number it stands for. */
  readonly number: Type<number> | undefined
  /** Of a nest; of a list, whose attributes are the items. */
  readonly table: Table | undefined
  /** Of a list: the only row of its table, whose values are the items, whatever their numbers. `undefined`: an item is an object with one key. */
  readonly item: string | undefined
  /** Of a nest whose table depends on another attribute. */
  readonly choice: Choice | undefined
  readonly [decoded]?: T
}

/** A field of a packed struct. */
export interface Field {
  /** The name in JavaScript. */
  readonly key: string
  /** Bytes from the start of the struct. */
  readonly at: number
  /** What the field looks like. */
  readonly type: Type<unknown>
}

/** Which table a nest follows: that of the value its neighbour `by` has. */
export interface Choice {
  /** Name of the row whose value chooses. */
  readonly by: string
  /** The row itself. */
  readonly row: Attr<unknown>
  /** The tables by that value. */
  readonly tables: { readonly [value: string | number]: Table }
  /** The table of every other value; `undefined`: the nest is kept as an unknown attribute. */
  readonly otherwise: Table | undefined
}

declare const decoded: unique symbol
